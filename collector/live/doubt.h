/*
 * doubt.h - pages of which the model may be wrong, since no result told in which order calls on them came: until somebody
 * looks.  Pure.
 */
#ifndef PAGETRAIL_LIVE_DOUBT_H
#define PAGETRAIL_LIVE_DOUBT_H

#include "order_touch.h"
#include "../vm/ranges.h"

/*
 * doubt_follow - a call comes next, in an order that is known: pages it makes anew or removes are known again, what
 * depends on pages in doubt is not
 */
void doubt_follow(struct ranges *doubt, const struct touches *touches);

/*
 * doubt_effect - what the call did to pages is not known
 */
void doubt_effect(struct ranges *doubt, const struct touches *touches);

#endif
