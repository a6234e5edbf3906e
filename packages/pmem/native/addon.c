// Node-API over the regions: a function for each operation, which returns undefined or an errno.
// The file descriptors, numbers and arrays are checked in TypeScript; here only what would
// harm the process. A worker thread that loads the addon has handles of its own.
#define NAPI_VERSION 8
#include <errno.h>
#include <node_api.h>
#include <string.h>

#include "region.h"

#define MAX_ARGUMENTS 4

// Lets a test see that the binary was made from these sources, on any machine.
__attribute__((used)) static const char sources[] = "pmem sources " SOURCES_DIGEST;

typedef struct {
  napi_value values[MAX_ARGUMENTS];
  Region *region; // of the first argument; NULL when that is not a handle
} Arguments;

static napi_value answer(napi_env env, int error) {
  napi_value result = NULL;
  if (error) napi_create_int32(env, error, &result);
  return result;
}

static void arguments_of(napi_env env, napi_callback_info info, Arguments *given) {
  size_t count = MAX_ARGUMENTS;
  void *region = NULL;
  napi_get_cb_info(env, info, &count, given->values, NULL, NULL);
  if (napi_get_value_external(env, given->values[0], &region) != napi_ok) region = NULL;
  given->region = region;
}

// Numbers that are no sizes become one that no check lets through.
static size_t size_of(napi_env env, napi_value value) {
  int64_t number;
  if (napi_get_value_int64(env, value, &number) != napi_ok || number < 0) return SIZE_MAX;
  return (size_t)number;
}

static int32_t int_of(napi_env env, napi_value value) {
  int32_t number;
  return napi_get_value_int32(env, value, &number) == napi_ok ? number : -1;
}

// A finalizer is told of the data, which for a buffer is its memory, and of the hint.
static void release(napi_env env, void *data, void *region) {
  (void)env, (void)data;
  region_release(region);
}

// map(fd, sizeBytes, sync, granularity): a handle, or an errno
static napi_value map(napi_env env, napi_callback_info info) {
  Arguments given;
  arguments_of(env, info, &given);
  bool sync = int_of(env, given.values[2]) == 1;
  size_t size = size_of(env, given.values[1]);
  if (size == 0 || size > SIZE_MAX / 2) return answer(env, EINVAL);
  Region *region;
  int granularity = int_of(env, given.values[3]);
  int error = region_map(int_of(env, given.values[0]), size, sync, granularity, &region);
  if (error) return answer(env, error);
  napi_value handle;
  if (napi_create_external(env, region, release, region, &handle) == napi_ok) return handle;
  region_release(region);
  return answer(env, ENOMEM);
}

// view(handle): the ArrayBuffer, or ENOTSUP where Node forbids memory that is not its own. The
// memory has two references: one goes with the bytes, when the buffer is detached or collected,
// and one with the object, which an operation under way holds on to.
static napi_value view(napi_env env, napi_callback_info info) {
  Arguments given;
  arguments_of(env, info, &given);
  Region *region = given.region;
  if (!region || region->fd < 0) return answer(env, EBADF);
  napi_value buffer;
  region->references++;
  napi_status status = napi_create_external_arraybuffer(env, region->base, region->size, release,
                                                        region, &buffer);
  if (status != napi_ok) {
    region->references--;
    return answer(env, status == napi_no_external_buffers_allowed ? ENOTSUP : ENOMEM);
  }
  region->references++;
  if (napi_add_finalizer(env, buffer, region, release, region, NULL) != napi_ok)
    region->references--;
  return buffer;
}

// close(handle, buffer): views end first, so that no late access finds other memory there
static napi_value close_region(napi_env env, napi_callback_info info) {
  Arguments given;
  arguments_of(env, info, &given);
  if (!given.region) return answer(env, EBADF);
  napi_detach_arraybuffer(env, given.values[1]); // fails where it was detached already
  region_close(given.region);
  return NULL;
}

// copy(handle, bytes, at, persist)
static napi_value copy(napi_env env, napi_callback_info info) {
  Arguments given;
  arguments_of(env, info, &given);
  if (!given.region) return answer(env, EBADF);
  void *bytes;
  size_t length;
  if (napi_get_buffer_info(env, given.values[1], &bytes, &length) != napi_ok)
    return answer(env, EINVAL);
  int error = region_copy(given.region, size_of(env, given.values[2]), bytes, length);
  bool fenced = !error && int_of(env, given.values[3]) == 1;
  return answer(env, fenced ? region_fence(given.region) : error);
}

// persist(handle, at, length)
static napi_value persist(napi_env env, napi_callback_info info) {
  Arguments given;
  arguments_of(env, info, &given);
  if (!given.region) return answer(env, EBADF);
  size_t at = size_of(env, given.values[1]);
  return answer(env, region_persist(given.region, at, size_of(env, given.values[2])));
}

// fence(handle)
static napi_value fence(napi_env env, napi_callback_info info) {
  Arguments given;
  arguments_of(env, info, &given);
  return answer(env, given.region ? region_fence(given.region) : EBADF);
}

// store64(handle, at, value), a number or a bigint
static napi_value store64(napi_env env, napi_callback_info info) {
  Arguments given;
  arguments_of(env, info, &given);
  if (!given.region) return answer(env, EBADF);
  int64_t number;
  uint64_t value;
  bool whole;
  if (napi_get_value_int64(env, given.values[2], &number) == napi_ok) value = (uint64_t)number;
  else if (napi_get_value_bigint_uint64(env, given.values[2], &value, &whole) != napi_ok)
    return answer(env, EINVAL);
  return answer(env, region_store64(given.region, size_of(env, given.values[1]), value));
}

// prefault(handle, at, length)
static napi_value prefault(napi_env env, napi_callback_info info) {
  Arguments given;
  arguments_of(env, info, &given);
  if (!given.region) return answer(env, EBADF);
  size_t at = size_of(env, given.values[1]);
  return answer(env, region_prefault(given.region, at, size_of(env, given.values[2])));
}

// failure(handle)
static napi_value failure(napi_env env, napi_callback_info info) {
  Arguments given;
  arguments_of(env, info, &given);
  return answer(env, given.region ? given.region->failed : EBADF);
}

// allocate(fd, sizeBytes)
static napi_value allocate_file(napi_env env, napi_callback_info info) {
  Arguments given;
  arguments_of(env, info, &given);
  return answer(env, allocate(int_of(env, given.values[0]), size_of(env, given.values[1])));
}

// mapSync(fd)
static napi_value map_sync(napi_env env, napi_callback_info info) {
  Arguments given;
  arguments_of(env, info, &given);
  return answer(env, map_sync_errno(int_of(env, given.values[0])));
}

// dax(fd): 1, 0, or -1 where the kernel does not tell
static napi_value dax(napi_env env, napi_callback_info info) {
  Arguments given;
  arguments_of(env, info, &given);
  napi_value result;
  napi_create_int32(env, file_has_dax(int_of(env, given.values[0])), &result);
  return result;
}

static void put_text(napi_env env, napi_value exports, const char *name, const char *text) {
  napi_value value;
  if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value) == napi_ok)
    napi_set_named_property(env, exports, name, value);
}

NAPI_MODULE_INIT() {
  static const struct {
    const char *name;
    napi_callback callback;
  } functions[] = {
      {"map", map},         {"view", view},         {"close", close_region},
      {"copy", copy},       {"persist", persist},   {"fence", fence},
      {"store64", store64}, {"prefault", prefault}, {"failure", failure},
      {"dax", dax},         {"mapSync", map_sync},  {"allocate", allocate_file},
  };
  store_detect();
  for (size_t at = 0; at < sizeof functions / sizeof *functions; at++) {
    napi_value function;
    const char *name = functions[at].name;
    if (napi_create_function(env, name, NAPI_AUTO_LENGTH, functions[at].callback, NULL,
                             &function) == napi_ok)
      napi_set_named_property(env, exports, name, function);
  }
  put_text(env, exports, "copyInstruction", store_copy_name());
  put_text(env, exports, "flushInstruction", store_flush_name());
  return exports;
}
