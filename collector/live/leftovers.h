/*
 * leftovers.h - what recorders that were killed have left: a directory with a ring each.
 *
 * A recorder holds a lock (flock(2)) on its session's directory for as long as it lives, whatever it dies of.
 */
#ifndef PAGETRAIL_LIVE_LEFTOVERS_H
#define PAGETRAIL_LIVE_LEFTOVERS_H

#define LEFTOVERS_PREFIX "pagetrail-"
#define LEFTOVERS_LETTERS 8	/* after the prefix, in a directory's name */
#define LEFTOVERS_AGE_S 60	/* younger ones are left alone */

/*
 * leftovers_lock - take the lock of the directory just made
 *
 * Return: the descriptor that holds the lock; -errno, -ESTALE if it is gone: another recorder took it for a leftover.
 */
int leftovers_lock(const char *dir);

/*
 * leftovers_remove - remove the directories below @base that are ours and whose recorders are gone
 *
 * Only what looks in every respect like a session's directory of this user: name, owner, no symbolic link, some age, no lock,
 * nothing in it but a ring whose collector does not run.
 */
void leftovers_remove(const char *base);

#endif
