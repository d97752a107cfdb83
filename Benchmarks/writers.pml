/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Up to eight AIOs of one sector each into one block that is a hole: the protocol that the
 * ports run, in Promela, as a peer for the explorer. -DAFTER is the patch, -DWRITERS=n the writers,
 * -DSECTORS=n the sectors of the block (4, or 8 for five writers).
 */
#ifndef WRITERS
#define WRITERS 2
#endif
#ifndef SECTORS
#define SECTORS 4
#endif

byte sector[SECTORS];
bool i_mutex, aio_mutex;
byte unwritten, extent, done;
chan work = [WRITERS] of { byte };

inline lock(m) { atomic { !m -> m = true } }

proctype disk(byte w; bool fresh)
{
	byte s = 0;
	do
	:: s < SECTORS ->
		if
		:: s == w - 1 -> sector[s] = w
		:: s != w - 1 && fresh -> sector[s] = 0
		:: else -> skip
		fi;
		s++
	:: else -> break
	od;
	if
	:: fresh -> work!w
	:: else -> done++
	fi
}

proctype writer(byte w)
{
	bool fresh;
#ifdef AFTER
	lock(aio_mutex);
	(unwritten == 0);
#endif
	lock(i_mutex);
	fresh = (extent != 2);
	if
	:: fresh -> extent = 1; unwritten++
	:: else -> skip
	fi;
	run disk(w, fresh);
	i_mutex = false;
#ifdef AFTER
	aio_mutex = false
#endif
}

active proctype worker()
{
	byte w;
end:	do
	:: work?w ->
		lock(i_mutex);
		extent = 2;
		unwritten--;
		i_mutex = false;
		done++
	od
}

init
{
	byte w = 1;
	atomic {
		do
		:: w <= WRITERS -> run writer(w); w++
		:: else -> break
		od
	}
	(done == WRITERS);
	assert(sector[0] == 1 && sector[1] == 2 && (WRITERS < 3 || sector[2] == 3)
		&& (WRITERS < 4 || sector[3] == 4) && (WRITERS < 5 || sector[SECTORS - 4] == 5))
}
