/* returns.h - what is inlined into outer(), from a file of its own. */
int sink(int a);

static inline __attribute__((always_inline)) int leaf(int a)
{
	return sink(a) + 1; /* line 6 */
}

static inline __attribute__((always_inline)) int middle(int a)
{
	return leaf(a * 2) + 3; /* line 11 */
}
