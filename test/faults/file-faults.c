/*
 * Makes calls on chosen files fail, to be loaded with LD_PRELOAD.
 *
 *   FAULT_PATH   part of the path of the files that are meant
 *   FAULT_CALL   "read" | "write" | "sync" | "open" | "create" (an open that makes a new file) | "short" (every write takes only half of what it is given)
 *   FAULT_ERROR  errno to fail with
 *   FAULT_AFTER  calls that still work; FAULT_COUNT: calls that then fail, after which all work again
 *
 * The first call that fails, and the first that works again, are told on standard error.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;

static long number(const char *name) {
  const char *value = getenv(name);
  return value ? atol(value) : 0;
}

static int meant(const char *call, const char *path) {
  const char *wanted = getenv("FAULT_CALL"), *part = getenv("FAULT_PATH");
  return wanted && part && strcmp(call, wanted) == 0 && strstr(path, part) != NULL;
}

static int fails(const char *call, const char *path) {
  if (!meant(call, path)) return 0;
  long at = atomic_fetch_add(&calls, 1), after = number("FAULT_AFTER");
  long until = after + number("FAULT_COUNT");
  if (at == after) dprintf(2, "file-faults: %s of %s fails\n", call, path);
  if (at == until) dprintf(2, "file-faults: %s of %s works again\n", call, path);
  if (at < after || at >= until) return 0;
  errno = (int)number("FAULT_ERROR");
  return 1;
}

static void path_of(int file, char *path, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, size - 1);
  path[length < 0 ? 0 : length] = 0;
}

static ssize_t write_at(const char *name, int file, const void *bytes, size_t count, off_t offset) {
  ssize_t (*real)(int, const void *, size_t, off_t) = (ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, name);
  char path[4096];
  path_of(file, path, sizeof path);
  if (fails("write", path)) return -1;
  if (count > 1 && meant("short", path)) count /= 2;
  return real(file, bytes, count, offset);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) { return write_at("pwrite", file, bytes, count, offset); }
ssize_t pwrite64(int file, const void *bytes, size_t count, off_t offset) { return write_at("pwrite64", file, bytes, count, offset); }

static ssize_t read_at(const char *name, int file, void *bytes, size_t count, off_t offset) {
  ssize_t (*real)(int, void *, size_t, off_t) = (ssize_t (*)(int, void *, size_t, off_t))dlsym(RTLD_NEXT, name);
  char path[4096];
  path_of(file, path, sizeof path);
  return fails("read", path) ? -1 : real(file, bytes, count, offset);
}

ssize_t pread(int file, void *bytes, size_t count, off_t offset) { return read_at("pread", file, bytes, count, offset); }
ssize_t pread64(int file, void *bytes, size_t count, off_t offset) { return read_at("pread64", file, bytes, count, offset); }

int fdatasync(int file) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  char path[4096];
  path_of(file, path, sizeof path);
  return fails("sync", path) ? -1 : real(file);
}

static int open_file(const char *name, const char *path, int flags, int mode) {
  int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, name);
  if (fails("open", path) || ((flags & O_CREAT) && fails("create", path))) return -1;
  return real(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  int mode = va_arg(rest, int);
  va_end(rest);
  return open_file("open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  int mode = va_arg(rest, int);
  va_end(rest);
  return open_file("open64", path, flags, mode);
}
