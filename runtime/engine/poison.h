/* Memory that must not be touched, told to AddressSanitizer; nothing without it. */
#ifndef SWARM_ENGINE_POISON_H
#define SWARM_ENGINE_POISON_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define POISON_ASAN 1
#endif

#if defined(POISON_ASAN) || defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define poison(p, n)   ASAN_POISON_MEMORY_REGION((p), (n))
#define unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define poison(p, n)   ((void)(p), (void)(n))
#define unpoison(p, n) ((void)(p), (void)(n))
#endif

#endif
