/* Which kinds of users make a row: what a threshold of that row asks about. */
#ifndef SWARMC_ROW_MAKERS_H
#define SWARMC_ROW_MAKERS_H

#include "check.h"

/* row: "POST /orders". After check_unit(). A row whose name is made up while running is made by all whom it may fit. */
bool kind_makes_row(const struct kind *kind, const char *row);

/* check_threshold.c: does the name of a request without a fixed row fit? */
bool request_fits_row(const struct request *request, const char *row);

#endif
