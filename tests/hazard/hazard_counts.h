/* hazard.h for C++, which does not take all of it: the functions are in hazard_counts.c. */
#ifndef HAZARD_COUNTS_H
#define HAZARD_COUNTS_H

void hazard_begin(void);
void hazard_round(void);
void hazard_end(void);

#endif
