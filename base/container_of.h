/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a pointer to an embedded member to the object that contains it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(uintptr_t)(ptr)-offsetof(type, member)))
