/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The checks of policy_check.h. To cost no more than sorting, one sweep over the ranges on the wire finds
 * the overlaps between guests.
 */
#include "policy/policy_check.h"

#include <string.h>

#include "policy/policy_keys.h"
#include "policy/policy_service.h"
#include "policy/policy_value.h"

/* A range on the wire that leads to a guest. */
struct wire_range {
	struct policy_service_range range;
	const struct policy_guest *guest;
	enum policy_key key; /* LISTEN: wire number equals the guest's; MAP: another */
};

static void guest_error(struct policy_errors *errors, const struct policy_guest *guest,
			enum policy_key key, const char *format, ...) G_GNUC_PRINTF(4, 5);

static void guest_error(struct policy_errors *errors, const struct policy_guest *guest,
			enum policy_key key, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	policy_errors_add(errors, guest->line[key], guest->section, policy_key_name(key), "%s",
			  text);
}

/* --- distinguishing guests --- */

/* At most so many pairs of guests are reported. */
#define MAX_SHARED_REPORTS 100

/* The properties of a guest that matter for cm-route, as a number. */
#define CLASSES 4u

static unsigned int guest_class(const struct policy_guest *guest)
{
	return (guest->address_count > 0 ? 1u : 0u) |
	       (guest->gid_kind == POLICY_GID_SHARED ? 2u : 0u);
}

static bool classes_told_apart(const struct policy *policy, unsigned int a, unsigned int b)
{
	for (size_t i = 0; i < policy->cm_route_count; i++) {
		if (policy->cm_route[i] == POLICY_CM_ADDRESS && (a & b & 1u))
			return true;
		if (policy->cm_route[i] == POLICY_CM_GID && !(a & b & 2u))
			return true;
	}
	return false;
}

/* --- ranges on the wire --- */

static int by_first(const void *left, const void *right)
{
	const struct policy_service_range *a = left, *b = right;

	return a->first < b->first ? -1 : a->first > b->first;
}

/* Adds the parts of `range` that are not in the sorted `targets`. */
static void add_unmapped(GArray *out, const struct policy_guest *guest,
			 struct policy_service_range range, const GArray *targets, guint *from)
{
	struct wire_range wire = {.guest = guest, .key = POLICY_KEY_LISTEN};

	for (; *from < targets->len; (*from)++) {
		const struct policy_service_range *target =
			&g_array_index(targets, struct policy_service_range, *from);

		if (target->first > range.last)
			break;
		if (target->last < range.first)
			continue;
		if (target->first > range.first) {
			wire.range = (struct policy_service_range){range.first, target->first - 1};
			g_array_append_val(out, wire);
		}
		/* The target may extend into the next range: leave it at *from. */
		if (target->last >= range.last)
			return;
		range.first = target->last + 1;
	}
	wire.range = range;
	g_array_append_val(out, wire);
}

static int wire_order(const void *left, const void *right)
{
	const struct wire_range *a = left, *b = right;

	if (a->range.first != b->range.first)
		return a->range.first < b->range.first ? -1 : 1;
	return strcmp(a->guest->name, b->guest->name);
}

/* The ranges on the wire that lead to the guest, sorted. */
static GArray *guest_wire_ranges(const struct policy_guest *guest)
{
	GArray *out = g_array_new(FALSE, FALSE, sizeof(struct wire_range));
	g_autoptr(GArray) targets = g_array_new(FALSE, FALSE, sizeof(struct policy_service_range));
	guint from = 0;

	for (size_t i = 0; i < guest->map_count; i++) {
		struct policy_service_range target = policy_map_target(&guest->map[i]);
		struct wire_range wire = {guest->map[i].wire, guest, POLICY_KEY_MAP};

		g_array_append_val(targets, target);
		g_array_append_val(out, wire);
	}
	g_array_sort(targets, by_first);
	for (size_t i = 0; i < guest->listen.count; i++)
		add_unmapped(out, guest, guest->listen.range[i], targets, &from);
	g_array_sort(out, wire_order);
	return out;
}

/* --- service ids of all guests --- */

/* Reports the error at the later of the two lines and names the other. */
static void report_shared(struct policy_errors *errors, const struct wire_range *a,
			  const struct wire_range *b)
{
	struct policy_service_range both = {MAX(a->range.first, b->range.first),
					    MIN(a->range.last, b->range.last)};
	g_autoptr(GString) ids = g_string_new(NULL);

	if (a->guest->line[a->key] > b->guest->line[b->key]) {
		const struct wire_range *swap = a;

		a = b;
		b = swap;
	}
	policy_service_print(ids, &both);
	if (a->guest == b->guest)
		guest_error(errors, b->guest, b->key,
			    "not one to one: on the wire, '%s' also reaches the guest without the "
			    "map (line %u)",
			    ids->str, a->guest->line[a->key]);
	else
		guest_error(errors, b->guest, b->key,
			    "'%s' belongs to [%s] too (line %u), and no later criterion of "
			    "cm-route distinguishes the two",
			    ids->str, a->guest->section, a->guest->line[a->key]);
}

/* One report per pair of guests. */
static bool first_of_pair(GHashTable *seen, const struct policy_guest *a,
			  const struct policy_guest *b)
{
	bool ordered = strcmp(a->name, b->name) <= 0;

	return g_hash_table_add(seen, g_strdup_printf("%s %s", ordered ? a->name : b->name,
						      ordered ? b->name : a->name));
}

/*
 * A wire id of map must not also reach the guest by listen. Appends the ranges to `all` without overlaps,
 * so the sweep has at most one active range per guest.
 */
static void check_own(const GArray *wire, GArray *all, struct policy_errors *errors)
{
	struct wire_range reach;

	for (guint i = 0; i < wire->len; i++) {
		struct wire_range next = g_array_index(wire, struct wire_range, i);

		if (i > 0 && reach.range.last >= next.range.first) {
			/* Two ranges of one key were reported when the key was read. */
			if (reach.key != next.key)
				report_shared(errors, &reach, &next);
			if (reach.range.last >= next.range.last)
				continue;
			next.range.first = reach.range.last + 1;
		}
		g_array_append_val(all, next);
		reach = next;
	}
}

/* Compares `next` with the active ranges of one class, and removes those that have ended. */
static void meet(GPtrArray *active, const struct wire_range *next, GHashTable *seen,
		 struct policy_errors *errors)
{
	guint kept = 0;

	for (guint i = 0; i < active->len; i++) {
		const struct wire_range *other = active->pdata[i];

		if (other->range.last < next->range.first)
			continue;
		active->pdata[kept++] = active->pdata[i];
		if (other->guest != next->guest && g_hash_table_size(seen) < MAX_SHARED_REPORTS &&
		    first_of_pair(seen, other->guest, next->guest))
			report_shared(errors, other, next);
	}
	g_ptr_array_set_size(active, (int)kept);
}

/* Sweeps the ranges of all guests by their start; compares only classes that can conflict. */
static void check_shared(const struct policy *policy, GArray *wire, struct policy_errors *errors)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GPtrArray *active[CLASSES];

	for (unsigned int i = 0; i < CLASSES; i++)
		active[i] = g_ptr_array_new();
	g_array_sort(wire, wire_order);
	for (guint i = 0; i < wire->len && g_hash_table_size(seen) < MAX_SHARED_REPORTS; i++) {
		struct wire_range *next = &g_array_index(wire, struct wire_range, i);
		unsigned int class = guest_class(next->guest);

		for (unsigned int other = 0; other < CLASSES; other++) {
			if (!classes_told_apart(policy, class, other))
				meet(active[other], next, seen, errors);
		}
		g_ptr_array_add(active[class], next);
	}
	for (unsigned int i = 0; i < CLASSES; i++)
		g_ptr_array_unref(active[i]);
}

static void check_services(const struct policy *policy, struct policy_errors *errors)
{
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct wire_range));

	for (size_t i = 0; i < policy->guest_count; i++) {
		g_autoptr(GArray) own = guest_wire_ranges(policy->guest[i]);

		check_own(own, all, errors);
	}
	/* With an invalid cm-route the check is impossible. */
	if (policy->cm_route_line == 0 || !policy_errors_on_line(errors, policy->cm_route_line))
		check_shared(policy, all, errors);
}

/* --- values that only one guest can have --- */

/* `id` belongs to `guest`; reports an error on the later line if another guest has it. Takes `id`. */
static void claim(GHashTable *owners, char *id, struct policy_guest *guest, enum policy_key key,
		  struct policy_errors *errors)
{
	const struct policy_guest *other = g_hash_table_lookup(owners, id);

	if (other == NULL) {
		g_hash_table_insert(owners, id, guest);
		return;
	}
	if (other->line[key] > guest->line[key]) {
		const struct policy_guest *swap = other;

		other = guest;
		guest = (struct policy_guest *)swap;
	}
	guest_error(errors, guest, key, "'%s' belongs to [%s] too (line %u)", id, other->section,
		    other->line[key]);
	g_free(id);
}

static void check_owned(const struct policy *policy, struct policy_errors *errors)
{
	g_autoptr(GHashTable) owners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (size_t i = 0; i < policy->guest_count; i++) {
		struct policy_guest *guest = policy->guest[i];

		if (guest->gid_kind == POLICY_GID_GUID) {
			GString *text = g_string_new(NULL);

			policy_key_show(guest, POLICY_KEY_GID, text);
			claim(owners, g_string_free(text, FALSE), guest, POLICY_KEY_GID, errors);
		}
		for (size_t j = 0; j < guest->address_count; j++) {
			GString *text = g_string_new(NULL);

			policy_address_print(text, &guest->address[j]);
			claim(owners, g_string_free(text, FALSE), guest, POLICY_KEY_ADDRESS,
			      errors);
		}
	}
}

void policy_check_guests(const struct policy *policy, struct policy_errors *errors)
{
	check_owned(policy, errors);
	check_services(policy, errors);
}
