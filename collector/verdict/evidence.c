#include "out.h"

static void want_finding(const struct finding *finding, struct evidence *evidence)
{
	for (size_t i = 0; i < finding->relateds; i++)
		evidence_want(evidence, finding->related[i]);
}

void verdict_evidence(const struct verdict *verdict, struct evidence *evidence)
{
	for (size_t i = 0; i < verdict->count; i++) {
		const struct verdict_item *item = &verdict->item[i];

		if (item->state == VERDICT_MET)
			continue;
		evidence_want(evidence, item->seq);
		if (item->finding)
			want_finding(item->finding, evidence);
	}
}
