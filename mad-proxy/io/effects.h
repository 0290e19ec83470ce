/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Carries out what the core decided, in order. What that brings about is queued in the gateway
 * (io_gateway_queue()), never stepped from here.
 */
#pragma once

struct io_gateway;

/* All of gate->effects. */
void io_effects_run(struct io_gateway *gate);
