#include "hazard_counts.h"

#include "hazard.h"

void hazard_begin(void)
{
	watchdog(20);
	counting_begin();
}

void hazard_round(void)
{
	c_round();
}

void hazard_end(void)
{
	counting_end();
}
