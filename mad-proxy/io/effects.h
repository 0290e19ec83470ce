/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Carries out the core's effects in order. New events that result are queued in the gateway
 * (io_gateway_queue()), not stepped here.
 */
#pragma once

struct io_gateway;

/* All of gate->effects. */
void io_effects_run(struct io_gateway *gate);
