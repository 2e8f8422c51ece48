#include "command.h"
int command_run(int c, char **v) { (void)c; (void)v; return 0; }
int command_test(int c, char **v) { (void)c; (void)v; return 0; }
int command_new(int c, char **v) { (void)c; (void)v; return 0; }
