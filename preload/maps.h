/*
 * maps.h - what is mapped before the first recorded call, as snapshot records.
 */
#ifndef PAGETRAIL_MAPS_H
#define PAGETRAIL_MAPS_H

/*
 * maps_send - read /proc/self/maps and send it
 *
 * After exec no lock or advice can exist, so maps, a tenth of smaps' cost, is enough.
 * Context: constructor only (one thread, static buffer).
 */
void maps_send(void);

#endif
