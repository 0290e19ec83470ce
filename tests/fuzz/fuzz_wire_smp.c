/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Both forms of SMP and their attributes: the input is a MAD; rebuilding it twice changes nothing.
 */
#include "fuzz_wire.h"

#include "wire/mad_layout.h"
#include "wire/names.h"
#include "wire/notice.h"
#include "wire/smp.h"

static void attribute(const uint8_t *mad)
{
	_Alignas(8) uint8_t fields[WIRE_LAYOUT_MAX_STRUCT_BYTES];
	struct wire_mad_part part;

	fuzz_expect(wire_attribute_name(wire_mad_class(mad), wire_mad_attribute(mad)) != NULL);
	if (!wire_mad_attribute_part(mad, &part))
		return;
	if (fuzz_layout(part.layout, (struct span){mad + part.offset, WIRE_SMP_DATA_BYTES},
			fields) &&
	    part.layout == &wire_notice_layout) {
		struct wire_notice notice;

		memcpy(&notice, fields, sizeof(notice));
		(void)wire_notice_lid(&notice);
		(void)wire_notice_capability_mask(&notice);
		if (wire_notice_gid(&notice))
			fuzz_expect(wire_notice_gid(&notice) + 16 <=
				    notice.details + sizeof(notice.details));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_Alignas(8) uint8_t fields[WIRE_LAYOUT_MAX_STRUCT_BYTES];
	uint8_t mad[WIRE_MAD_BYTES], once[WIRE_MAD_BYTES], twice[WIRE_MAD_BYTES];
	bool accepted;

	/* Cut as it came, from memory of that length. */
	fuzz_layout(&wire_smp_layout, (struct span){data, size}, fields);
	fuzz_layout(&wire_dr_smp_layout, (struct span){data, size}, fields);

	fuzz_mad(mad, data, size,
		 size > 1 && data[1] & 0x80 ? WIRE_CLASS_SUBN_DR : WIRE_CLASS_SUBN_LID);
	accepted = mad[1] == WIRE_CLASS_SUBN_LID || wire_dr_hops_valid(mad);
	attribute(mad);
	if (wire_mad_rebuild(mad, once) == WIRE_OK) {
		fuzz_expect(accepted);
		fuzz_expect(wire_mad_rebuild(once, twice) == WIRE_OK);
		fuzz_expect(memcmp(once, twice, WIRE_MAD_BYTES) == 0);
		fuzz_expect(wire_smp_mkey(once) == wire_smp_mkey(mad));
	}
	return 0;
}
