/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Both forms of SMP and their attributes: the input is a MAD; cleaning it twice changes nothing. */
#include "fuzz_wire.h"

#include "wire/keys.h"
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
	uint8_t mad[WIRE_MAD_BYTES], once[WIRE_MAD_BYTES];

	fuzz_mad(mad, data, size,
		 size > 1 && data[1] & 0x80 ? WIRE_CLASS_SUBN_DR : WIRE_CLASS_SUBN_LID);
	attribute(mad);
	wire_keys_hide(mad);
	wire_smp_clear_undefined(mad);
	memcpy(once, mad, sizeof(once));
	wire_keys_clear(mad);
	wire_smp_clear_undefined(mad);
	fuzz_expect(memcmp(once, mad, WIRE_MAD_BYTES) == 0);
	return 0;
}
