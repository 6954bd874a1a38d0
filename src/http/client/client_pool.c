/* SPDX-License-Identifier: Apache-2.0
 * Receivers, and the states of the connections to each: some are kept for its next call, all end here. */
#include "http/client/client_internal.h"

static bool leads_to(const struct client_receiver *r, bool https, struct str host, uint16_t port,
		     const char *unix_path, const struct tls_client_context *tls)
{
	return r->https == https && r->port == port && r->tls == tls && str_is(host, r->host) &&
	       (unix_path && r->unix_path ? strcmp(unix_path, r->unix_path) == 0
					  : !unix_path && !r->unix_path);
}

struct client_receiver *receiver_get(struct http_client *client, bool https, struct str host, uint16_t port,
				     const char *unix_path, struct tls_client_context *tls)
{
	struct client_receiver *r = client->receivers;
	while (r && !leads_to(r, https, host, port, unix_path, tls)) {
		r = r->next;
	}
	if (!r) {
		r = mem_alloc(sizeof(*r));
		*r = (struct client_receiver){ .client = client,
					       .next = client->receivers,
					       .https = https,
					       .host = str_dup(host),
					       .port = port,
					       .unix_path = mem_strdup(unix_path),
					       .tls = tls ? tls_client_context_ref(tls) : NULL };
		client->receivers = r;
	}
	r->owners++;
	return r;
}

void receiver_release(struct client_receiver *receiver)
{
	if (!receiver || --receiver->owners > 0) {
		return;
	}
	struct client_receiver **at = &receiver->client->receivers;
	while (*at != receiver) {
		at = &(*at)->next;
	}
	*at = receiver->next;
	tls_client_context_free(receiver->tls);
	mem_free(receiver->host);
	mem_free(receiver->unix_path);
	mem_free(receiver);
}

/* Which state may follow which; CLIENT_ENDED may follow all. */
static const unsigned FOLLOWS[CLIENT_STATES] = {
	[CLIENT_CONNECT] = 1u << CLIENT_HANDSHAKE,
	[CLIENT_HANDSHAKE] = 1u << CLIENT_WORK,
	[CLIENT_WORK] = 1u << CLIENT_IDLE,
	[CLIENT_IDLE] = 1u << CLIENT_WORK,
};

static void idle_add(struct client_connection *c)
{
	c->next = c->receiver->idle;
	if (c->next) {
		c->next->previous = c;
	}
	c->receiver->idle = c;
	c->receiver->n_idle++;
	c->client->n_idle++;
	loop_timer_set_ms(c->timer, c->client->options.idle_timeout_ms);
}

static void idle_remove(struct client_connection *c)
{
	*(c->previous ? &c->previous->next : &c->receiver->idle) = c->next;
	if (c->next) {
		c->next->previous = c->previous;
	}
	c->next = c->previous = NULL;
	c->receiver->n_idle--;
	c->client->n_idle--;
	loop_timer_stop(c->timer);
}

void client_connection_set_state(struct client_connection *c, enum client_state state)
{
	ASSERT(state == CLIENT_ENDED || FOLLOWS[c->state] & 1u << state);
	if (c->state == CLIENT_IDLE) {
		idle_remove(c);
	}
	c->state = state;
	if (state == CLIENT_IDLE) {
		idle_add(c);
	}
}

/* Opening and closing. */

static void connection_free(void *object)
{
	struct client_connection *c = object;
	transport_free(c->transport);
	if (c->fd >= 0) {
		transport_free(transport_plain_new(c->fd)); /* closes it */
	}
	loop_timer_free(c->timer);
	mem_free(c);
}

void pool_drop(struct client_connection *c)
{
	if (c->state == CLIENT_ENDED) {
		return;
	}
	client_connection_set_state(c, CLIENT_ENDED);
	receiver_release(TAKE(c->receiver));
	loop_watch_free(TAKE(c->watch));
	loop_timer_stop(c->timer);
	loop_defer(c->client->loop, connection_free, c);
}

/* The client keeps too many: the oldest of whichever receiver has most goes. */
static void make_room(struct http_client *client)
{
	const struct client_receiver *most = client->receivers;
	for (const struct client_receiver *r = client->receivers; r; r = r->next) {
		if (r->n_idle > most->n_idle) {
			most = r;
		}
	}
	struct client_connection *oldest = most->idle;
	while (oldest->next) {
		oldest = oldest->next;
	}
	pool_drop(oldest);
}

void pool_keep(struct client_connection *c)
{
	struct http_client *client = c->client;
	struct client_receiver *receiver = c->receiver;
	if (receiver->n_idle >= client->options.max_idle_per_host) {
		pool_drop(c);
		return;
	}
	while (client->n_idle >= client->options.max_idle) {
		make_room(client);
	}
	c->call = NULL;
	c->used = true;
	client_connection_set_state(c, CLIENT_IDLE);
	loop_watch_set(c->watch, LOOP_READ);
}

struct client_connection *pool_take(struct client_receiver *receiver)
{
	while (receiver->idle) {
		struct client_connection *c = receiver->idle;
		char byte;
		size_t n;
		/* Whatever can be read on it, its end too, spoils it: nobody asked for that. */
		if (transport_read(c->transport, &byte, 1, &n, NULL) == RC_AGAIN) {
			client_connection_set_state(c, CLIENT_WORK);
			return c;
		}
		pool_drop(c);
	}
	return NULL;
}

void pool_clear(struct http_client *client)
{
	while (client->n_idle > 0) {
		make_room(client);
	}
}
