/* Where a kind of user makes a row: what a threshold of that row asks about. */
#ifndef SWARMC_ROW_MAKERS_H
#define SWARMC_ROW_MAKERS_H

#include "check.h"

/* A request or `measure` of that name below an entry that is picked by weight. */
struct row_maker {
    const struct decl *home; /* the user or `tasks` group that picks; NULL: in a hook of the user */
    size_t entry;            /* which of its entries */
};

enum { MOST_MAKERS = 64 };

/* row: "POST /orders". After check_unit(). How many were put into makers; MOST_MAKERS may be too few. A request whose name is
 * made while running makes every row that fits it. */
size_t row_makers(const struct kind *kind, const char *row, struct row_maker makers[MOST_MAKERS]);

/* threshold.c: does the name of a request without a fixed row fit? */
bool request_fits_row(const struct request *request, const char *row);

#endif
