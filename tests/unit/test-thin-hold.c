/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The metadata snapshot of a pool: taken, given back, left behind, another's. */

#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/dm.h"
#include "source/thin-hold.h"
#include "support/temp-dir.h"

/* ---- a pool in place of the kernel's --------------------------------------- */

struct fake_pool {
	uint64_t held_root; /* 0: none */
	uint64_t next_root;
	const char *status; /* instead of a good one */
	int nr_calls;
	int failing_call; /* from 1; 0: none */
	const char *killing_message; /* kills the sender after it, or before it */
	bool kills_before;
};

/* Shared with the processes that the tests kill. */
static struct fake_pool *pool;

static int count_call(struct lscow_error *err)
{
	pool->nr_calls++;
	if (pool->nr_calls != pool->failing_call)
		return 0;
	return lscow_error_set(err, LSCOW_E_FAILED, "call %d fails", pool->nr_calls);
}

int lscow_dm_get_status(const char *name, struct lscow_dm_line *line,
			struct lscow_error *err)
{
	char params[200], held[24] = "-";

	if (count_call(err))
		return LSCOW_E_FAILED;
	ck_assert_str_eq(name, "vg-pool-tpool");
	if (pool->held_root)
		snprintf(held, sizeof(held), "%ju", (uintmax_t)pool->held_root);
	snprintf(params, sizeof(params),
		 "3 140/1024 60/1024 %s rw discard_passdown queue_if_no_space - 1024", held);
	line->type = strdup("thin-pool");
	line->params = strdup(pool->status ? pool->status : params);
	return 0;
}

void lscow_dm_line_free(struct lscow_dm_line *line)
{
	free(line->type);
	free(line->params);
}

static void die_at(const char *message, bool is_before)
{
	if (pool->killing_message && !strcmp(message, pool->killing_message) &&
	    pool->kills_before == is_before)
		raise(SIGKILL);
}

int lscow_dm_message(const char *name, const char *message, struct lscow_error *err)
{
	if (count_call(err))
		return LSCOW_E_FAILED;
	ck_assert_str_eq(name, "vg-pool-tpool");
	die_at(message, true);
	if (!strcmp(message, "reserve_metadata_snap")) {
		ck_assert_uint_eq(pool->held_root, 0);
		pool->held_root = pool->next_root++;
	} else {
		ck_assert_str_eq(message, "release_metadata_snap");
		ck_assert_uint_ne(pool->held_root, 0);
		pool->held_root = 0;
	}
	die_at(message, false);
	return 0;
}

/* ---- what every test has ------------------------------------------------------ */

static struct lscow_thin_hold hold;
static struct lscow_warnings warnings;
static struct lscow_error err;
static size_t nr_files;

static void setup(void)
{
	temp_dir_make();
	pool = mmap(NULL, sizeof(*pool), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		    -1, 0);
	ck_assert(pool != MAP_FAILED);
	pool->next_root = 9;
	warnings = LSCOW_WARNINGS;
	nr_files = temp_dir_count_open_files();
}

static void teardown(void)
{
	ck_assert_uint_eq(temp_dir_count_open_files(), nr_files);
	lscow_warnings_free(&warnings);
	munmap(pool, sizeof(*pool));
	temp_dir_remove();
}

static int begin_in(const char *folder)
{
	return lscow_thin_hold_begin(folder, "vg-pool-tpool", &hold, &warnings,
				     &err);
}

static int begin(void)
{
	return begin_in(temp_dir_path("."));
}

static bool has_mark(void)
{
	return access(temp_dir_path("vg-pool-tpool.metadata-snap"), F_OK) == 0;
}

/* Takes and gives back, after which nothing is left. */
static void assert_usable(const char *label)
{
	unit_assert_ok(label, begin(), &err);
	ck_assert_uint_ne(pool->held_root, 0);
	ck_assert(has_mark());
	unit_assert_ok(label, lscow_thin_hold_end(&hold, &err), &err);
	ck_assert_uint_eq(pool->held_root, 0);
	ck_assert(!has_mark());
}

static void assert_warnings(const char *label, size_t nr_expected)
{
	static const char expected[] = "pool vg-pool-tpool: released the metadata snapshot "
				       "that an interrupted run had left behind";
	size_t nr;
	const char *const *messages = lscow_warnings_get(&warnings, &nr);

	ck_assert_msg(nr == nr_expected, "%s: %zu warnings, expected %zu", label, nr,
		      nr_expected);
	for (size_t i = 0; i < nr; i++)
		ck_assert_str_eq(messages[i], expected);
}

static const char foreign[] =
	"pool vg-pool-tpool: another program holds its metadata snapshot (block 5); if none "
	"does any more, release it: dmsetup message vg-pool-tpool 0 release_metadata_snap";

/* ---- the status line ------------------------------------------------------------- */

static const struct {
	const char *label;
	const char *params;
	bool is_good;
	uint64_t held_root;
} statuses[] = {
	{ "none held", "1 12/1024 3/64 - rw no_discard_passdown queue_if_no_space - 1024",
	  true, 0 },
	{ "one held", "1 12/1024 3/64 77 rw discard_passdown error_if_no_space - 256", true, 77 },
	{ "read-only", "1 12/1024 3/64 - ro discard_passdown queue_if_no_space needs_check 1",
	  true, 0 },
	{ "short", "1 12/1024 3/64 - out_of_data_space", true, 0 },
	{ "failed", "Fail", false, 0 },
	{ "error", "Error", false, 0 },
	{ "empty", "", false, 0 },
	{ "cut", "1 12/1024 3/64", false, 0 },
	{ "cut after the root", "1 12/1024 3/64 7", false, 0 },
	{ "no number", "1 12/1024 3/64 x rw", false, 0 },
	{ "block 0", "1 12/1024 3/64 0 rw", false, 0 },
	{ "2^64", "1 12/1024 3/64 18446744073709551616 rw", false, 0 },
};

START_TEST(test_status)
{
	uint64_t held_root = 1;

	ck_assert_msg(lscow_thin_held_root_decode(statuses[_i].params, &held_root) ==
		      statuses[_i].is_good, "%s", statuses[_i].label);
	if (statuses[_i].is_good)
		ck_assert_uint_eq(held_root, statuses[_i].held_root);
}
END_TEST

/* ---- runs that end ------------------------------------------------------------------ */

START_TEST(test_hold)
{
	assert_usable("first");
	assert_usable("second");
	assert_warnings("hold", 0);
}
END_TEST

START_TEST(test_foreign)
{
	pool->held_root = 5;
	unit_assert_error("foreign", begin(), &err, LSCOW_E_UNKNOWABLE, foreign);
	ck_assert_uint_eq(pool->held_root, 5);
	ck_assert(!has_mark());
}
END_TEST

START_TEST(test_failed_pool)
{
	pool->status = "Fail";
	unit_assert_error("failed", begin(), &err, LSCOW_E_UNKNOWABLE,
			  "vg-pool-tpool: status \"thin-pool Fail\": expected that of a "
			  "working thin pool");
}
END_TEST

START_TEST(test_bad_name)
{
	const char *folder = temp_dir_path(".");

	unit_assert_error("slash",
			  lscow_thin_hold_begin(folder, "../x", &hold, NULL, &err), &err,
			  LSCOW_E_FAILED, "pool \"../x\": not a device-mapper name");
}
END_TEST

START_TEST(test_bad_folder)
{
	char message[LSCOW_MESSAGE_BYTES];
	const char *path = temp_dir_write("run", "", 0);

	snprintf(message, sizeof(message), "%s: cannot open: Not a directory", path);
	unit_assert_error("file", begin_in(path), &err, LSCOW_E_FAILED, message);
	ck_assert_int_eq(pool->nr_calls, 0);
}
END_TEST

/* Whichever call fails, nothing stays behind that the next run stumbles over. */
START_TEST(test_nth_call_fails)
{
	int ret;

	pool->failing_call = _i;
	ret = begin();
	if (!ret)
		ret = lscow_thin_hold_end(&hold, &err);
	ck_assert_int_eq(ret, LSCOW_E_FAILED);
	ck_assert(pool->held_root == 0 || has_mark());

	pool->failing_call = 0;
	assert_usable("after");
}
END_TEST

START_TEST(test_signals)
{
	sigset_t blocked;

	unit_assert_ok("begin", begin(), &err);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	ck_assert(sigismember(&blocked, SIGTERM));
	unit_assert_ok("end", lscow_thin_hold_end(&hold, &err), &err);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	ck_assert(!sigismember(&blocked, SIGTERM));
}
END_TEST

/* ---- runs that are killed ------------------------------------------------------------- */

static void kill_a_run(const char *message, bool is_before)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		pool->killing_message = message;
		pool->kills_before = is_before;
		if (!begin())
			(void)lscow_thin_hold_end(&hold, &err);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	ck_assert(WIFSIGNALED(status));
	pool->killing_message = NULL;
}

static const struct {
	const char *label;
	const char *message;
	bool is_before;
	size_t nr_warnings;
} deaths[] = {
	{ "before it was taken", "reserve_metadata_snap", true, 0 },
	{ "after it was taken", "reserve_metadata_snap", false, 1 },
	{ "before it was given back", "release_metadata_snap", true, 1 },
	{ "after it was given back", "release_metadata_snap", false, 0 },
};

START_TEST(test_killed)
{
	kill_a_run(deaths[_i].message, deaths[_i].is_before);
	ck_assert(has_mark());
	assert_usable(deaths[_i].label);
	assert_warnings(deaths[_i].label, deaths[_i].nr_warnings);
}
END_TEST

/* Since the kill somebody has released ours and taken another one. */
START_TEST(test_killed_then_foreign)
{
	kill_a_run("release_metadata_snap", true);
	pool->held_root = 5;
	unit_assert_error("foreign", begin(), &err, LSCOW_E_UNKNOWABLE, foreign);
	ck_assert_uint_eq(pool->held_root, 5);
	pool->held_root = 0;
	assert_usable("released");
	assert_warnings("released", 0);
}
END_TEST

/* A second run waits for the first. */
START_TEST(test_two_runs)
{
	int ends[2], status;
	pid_t pid;

	unit_assert_ok("first", begin(), &err);
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		/* The fork has the first run's lock: away with it. */
		close(hold.lock_fd);
		(void)!write(ends[1], "x", 1);
		_exit(begin() || lscow_thin_hold_end(&hold, &err));
	}
	ck_assert_int_eq(read(ends[0], &status, 1), 1);
	usleep(200000);
	ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
	unit_assert_ok("first", lscow_thin_hold_end(&hold, &err), &err);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(pool->held_root, 0);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("thin-hold");
	TCase *tcase = tcase_create("thin-hold");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_status, 0, (int)UNIT_COUNT(statuses));
	tcase_add_test(tcase, test_hold);
	tcase_add_test(tcase, test_foreign);
	tcase_add_test(tcase, test_failed_pool);
	tcase_add_test(tcase, test_bad_name);
	tcase_add_test(tcase, test_bad_folder);
	tcase_add_loop_test(tcase, test_nth_call_fails, 1, 5);
	tcase_add_test(tcase, test_signals);
	tcase_add_loop_test(tcase, test_killed, 0, (int)UNIT_COUNT(deaths));
	tcase_add_test(tcase, test_killed_then_foreign);
	tcase_add_test(tcase, test_two_runs);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
