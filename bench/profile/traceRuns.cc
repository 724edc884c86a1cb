// Loaded before TensorFlow (LD_PRELOAD), so that tfjs-node's addon calls this TF_SessionRun: the addon passes no
// options and takes no metadata; with both, TensorFlow reports when each op of a run started and ended.
//
// Runs are traced while the environment variable DISTILL_BENCH_TRACE names a file. Each run appends the length of a
// RunMetadata message in 8 bytes, in this machine's byte order, and the message.
#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" {

// As in tensorflow/c/tf_buffer.h.
struct TF_Buffer {
  const void* data;
  size_t length;
  void (*data_deallocator)(void* data, size_t length);
};

using SessionRun = void (*)(void* session, const TF_Buffer* options, const void* inputs, void* const* feeds, int fed,
                            const void* outputs, void** fetches, int fetched, const void* const* targets, int targeted,
                            TF_Buffer* metadata, void* status);
using NewBuffer = TF_Buffer* (*)();
using DeleteBuffer = void (*)(TF_Buffer*);

// The addon has loaded the library for itself alone, so a search of the process would not find it.
static void* tensorflow(const char* name) {
  static void* library = dlopen("libtensorflow_cc.so.2", RTLD_LAZY | RTLD_NOLOAD);
  void* found = library == nullptr ? nullptr : dlsym(library, name);
  if (found == nullptr) {
    std::fprintf(stderr, "traceRuns: there is no %s in libtensorflow_cc.so.2\n", name);
    std::abort();
  }
  return found;
}

void TF_SessionRun(void* session, const TF_Buffer* options, const void* inputs, void* const* feeds, int fed,
                   const void* outputs, void** fetches, int fetched, const void* const* targets, int targeted,
                   TF_Buffer* metadata, void* status) {
  static auto run = reinterpret_cast<SessionRun>(tensorflow("TF_SessionRun"));
  const char* file = std::getenv("DISTILL_BENCH_TRACE");
  if (file == nullptr) {
    run(session, options, inputs, feeds, fed, outputs, fetches, fetched, targets, targeted, metadata, status);
    return;
  }
  static const unsigned char software_trace[] = {0x08, 0x01};  // RunOptions { trace_level: SOFTWARE_TRACE }
  const TF_Buffer traced = {software_trace, sizeof software_trace, nullptr};
  TF_Buffer* said = reinterpret_cast<NewBuffer>(tensorflow("TF_NewBuffer"))();
  run(session, &traced, inputs, feeds, fed, outputs, fetches, fetched, targets, targeted, said, status);
  if (std::FILE* out = std::fopen(file, "ab")) {
    const std::uint64_t length = said->length;
    std::fwrite(&length, sizeof length, 1, out);
    std::fwrite(said->data, 1, said->length, out);
    std::fclose(out);
  }
  reinterpret_cast<DeleteBuffer>(tensorflow("TF_DeleteBuffer"))(said);
}

}  // extern "C"
