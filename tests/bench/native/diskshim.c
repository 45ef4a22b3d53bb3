/* Stands between a program and its disk (LD_PRELOAD).
 *
 * DISKSHIM_ROOTS  folders, separated by ':'; only what happens below them is looked at.
 * DISKSHIM_LOG    file that gets one record for every change and every sync, in their true order:
 *                 struct record, the path (two of a rename, a NUL byte between them), the data.
 * DISKSHIM_FAULTS file of struct fault [MAX_FAULTS], mapped: who runs the program changes it to
 *                 make calls below a folder fail or hang, from one moment to the next.
 *
 * Writes are recorded under one lock together with the call itself, so that the record is the
 * order in which the kernel took them.  Syncs are not: they get a record before and one after.
 * A write through mmap is not seen (SQLite maps its -shm file only, which it makes anew).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MAX_FDS 8192
#define MAX_FAULTS 8
#define MAX_ROOTS 8

enum kind { OPEN = 1, WRITE, TRUNCATE, RENAME, UNLINK, MKDIR, RMDIR, SYNC_BEGIN, SYNC_END };
enum { CREATED = 1, EMPTIED = 2 };            /* an OPEN's value */
enum { SCOPE_FILE = 1, SCOPE_FS = 2 };        /* a sync's value */
enum { FAIL_WRITES = 1, FAIL_READS = 2, HANG = 4 };

struct record {
  uint32_t kind, path_bytes;
  uint64_t data_bytes;
  uint64_t time_ns;
  uint64_t inode;
  int64_t offset; /* of a write; a sync's number */
  int64_t value;  /* of a truncation the length; else see above */
} __attribute__((packed));

struct fault {
  _Atomic uint32_t mode;
  uint32_t error;
  _Atomic uint32_t pulled; /* how often the disk was pulled out: what was open before stays dead */
  uint32_t unused;
  char folder[496];
} __attribute__((packed, aligned(8)));

struct open_file {
  int tracked;
  int folder;
  uint32_t pulled;
  uint64_t inode;
  char path[PATH_MAX];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct open_file *files[MAX_FDS];
static char roots[MAX_ROOTS][PATH_MAX];
static int root_count;
static int log_fd = -1;
static struct fault *faults;
static _Atomic int64_t sync_number;

#define REAL(result, name, ...)                                    \
  static result (*real_##name)(__VA_ARGS__);                       \
  static void find_##name(void) { if (!real_##name) real_##name = dlsym(RTLD_NEXT, #name); }

REAL(int, open, const char *, int, ...)
REAL(int, openat, int, const char *, int, ...)
REAL(int, close, int)
REAL(ssize_t, write, int, const void *, size_t)
REAL(ssize_t, writev, int, const struct iovec *, int)
REAL(ssize_t, pwrite, int, const void *, size_t, off_t)
REAL(ssize_t, pwritev, int, const struct iovec *, int, off_t)
REAL(ssize_t, pread, int, void *, size_t, off_t)
REAL(ssize_t, read, int, void *, size_t)
REAL(int, ftruncate, int, off_t)
REAL(int, rename, const char *, const char *)
REAL(int, unlink, const char *)
REAL(int, mkdir, const char *, mode_t)
REAL(int, rmdir, const char *)
REAL(int, fsync, int)
REAL(int, fdatasync, int)
REAL(int, syncfs, int)

__attribute__((constructor)) static void begin(void) {
  find_open(); find_openat(); find_close(); find_write(); find_writev(); find_pwrite();
  find_pwritev(); find_pread(); find_read(); find_ftruncate(); find_rename(); find_unlink();
  find_mkdir(); find_rmdir(); find_fsync(); find_fdatasync(); find_syncfs();
  const char *given = getenv("DISKSHIM_ROOTS");
  char *copy = strdup(given ? given : ""), *rest = copy, *one;
  while ((one = strsep(&rest, ":")) && root_count < MAX_ROOTS)
    if (*one) strncpy(roots[root_count++], one, PATH_MAX - 1);
  free(copy);
  const char *path = getenv("DISKSHIM_LOG");
  if (path) log_fd = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  path = getenv("DISKSHIM_FAULTS");
  if (path) {
    int fd = real_open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
      void *at = mmap(NULL, sizeof(struct fault) * MAX_FAULTS, PROT_READ, MAP_SHARED, fd, 0);
      if (at != MAP_FAILED) faults = at;
      real_close(fd);
    }
  }
}

static int below(const char *path, const char *folder) {
  size_t length = strlen(folder);
  return length && !strncmp(path, folder, length) && (!path[length] || path[length] == '/');
}

static int watched(const char *path) {
  for (int n = 0; path && n < root_count; n++)
    if (below(path, roots[n])) return 1;
  return 0;
}

/* Whether the call must fail (errno is set); returns only when nothing makes it hang. */
static int faulty(const char *path, uint32_t what) {
  for (int n = 0; faults && n < MAX_FAULTS; n++) {
    struct fault *one = &faults[n];
    if (!atomic_load(&one->mode) || !below(path, one->folder)) continue;
    while (what == FAIL_WRITES && atomic_load(&one->mode) & HANG) {
      struct timespec pause = {0, 20000000};
      nanosleep(&pause, NULL);
    }
    if (atomic_load(&one->mode) & what) {
      errno = (int)one->error;
      return 1;
    }
  }
  return 0;
}

static uint32_t pulled(const char *path) {
  uint32_t times = 0;
  for (int n = 0; faults && n < MAX_FAULTS; n++)
    if (below(path, faults[n].folder)) times += atomic_load(&faults[n].pulled);
  return times;
}

/* The same for an open file. */
static int dead(const struct open_file *file, uint32_t what) {
  if (faulty(file->path, what)) return 1;
  if (file->pulled == pulled(file->path)) return 0;
  errno = EIO;
  return 1;
}

static struct open_file *tracked(int fd) {
  if (fd < 0 || fd >= MAX_FDS || !files[fd] || !files[fd]->tracked) return NULL;
  return files[fd];
}

static void note(enum kind kind, const char *path, size_t path_bytes, uint64_t inode,
                 int64_t offset, int64_t value, const struct iovec *data, int parts,
                 size_t bytes) {
  if (log_fd < 0) return;
  int kept = errno;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  struct record head = {kind, (uint32_t)path_bytes, bytes,
                        (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec,
                        inode, offset, value};
  struct iovec first[2] = {{&head, sizeof head}, {(void *)path, path_bytes}};
  if (real_writev(log_fd, first, 2) < 0) abort();
  for (int n = 0; n < parts && bytes; n++) {
    size_t some = data[n].iov_len < bytes ? data[n].iov_len : bytes;
    for (size_t done = 0; done < some;) {
      ssize_t now_done = real_write(log_fd, (const char *)data[n].iov_base + done, some - done);
      if (now_done < 0) abort();
      done += (size_t)now_done;
    }
    bytes -= some;
  }
  errno = kept;
}

static int after_open(int fd, const char *path, int flags, int existed) {
  if (fd < 0 || fd >= MAX_FDS) return fd;
  struct stat found;
  if (fstat(fd, &found)) return fd;
  struct open_file *one = files[fd];
  if (!one) one = files[fd] = calloc(1, sizeof *one);
  one->tracked = 1;
  one->pulled = pulled(path);
  one->folder = S_ISDIR(found.st_mode);
  one->inode = found.st_ino;
  strncpy(one->path, path, PATH_MAX - 1);
  int value = (existed ? 0 : CREATED) | (flags & O_TRUNC ? EMPTIED : 0);
  if (!one->folder)
    note(OPEN, path, strlen(path), found.st_ino, 0, value, NULL, 0, 0);
  return fd;
}

static int opened(int at, const char *path, int flags, mode_t mode) {
  if (!watched(path)) return real_openat(at, path, flags, mode);
  int writes = (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC);
  if (faulty(path, writes ? FAIL_WRITES : FAIL_READS)) return -1;
  pthread_mutex_lock(&lock);
  int existed = !faccessat(at, path, F_OK, 0);
  int fd = after_open(real_openat(at, path, flags, mode), path, flags, existed);
  pthread_mutex_unlock(&lock);
  return fd;
}

#define OPENS(name, ...)                                   \
  mode_t mode = 0;                                         \
  if (flags & (O_CREAT | __O_TMPFILE)) {                   \
    va_list more;                                          \
    va_start(more, flags);                                 \
    mode = va_arg(more, mode_t);                           \
    va_end(more);                                          \
  }                                                        \
  return opened(__VA_ARGS__, path, flags, mode);

int open(const char *path, int flags, ...) { OPENS(open, AT_FDCWD) }
int open64(const char *path, int flags, ...) { OPENS(open64, AT_FDCWD) }
int openat(int at, const char *path, int flags, ...) { OPENS(openat, at) }
int openat64(int at, const char *path, int flags, ...) { OPENS(openat64, at) }

int close(int fd) {
  pthread_mutex_lock(&lock);
  if (tracked(fd)) files[fd]->tracked = 0;
  int result = real_close(fd);
  pthread_mutex_unlock(&lock);
  return result;
}

static ssize_t written(int fd, const struct iovec *data, int parts, off_t offset, int at) {
  struct open_file *one = tracked(fd);
  if (!one) {
    if (parts == 1)
      return at ? real_pwrite(fd, data->iov_base, data->iov_len, offset)
                : real_write(fd, data->iov_base, data->iov_len);
    return at ? real_pwritev(fd, data, parts, offset) : real_writev(fd, data, parts);
  }
  if (dead(one, FAIL_WRITES)) return -1;
  pthread_mutex_lock(&lock);
  ssize_t done = at ? real_pwritev(fd, data, parts, offset) : real_writev(fd, data, parts);
  if (done > 0) {
    if (!at) offset = lseek(fd, 0, SEEK_CUR) - done;
    note(WRITE, "", 0, one->inode, offset, 0, data, parts, (size_t)done);
  }
  pthread_mutex_unlock(&lock);
  return done;
}

ssize_t write(int fd, const void *data, size_t bytes) {
  struct iovec one = {(void *)data, bytes};
  return written(fd, &one, 1, 0, 0);
}
ssize_t writev(int fd, const struct iovec *data, int parts) {
  return written(fd, data, parts, 0, 0);
}
ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset) {
  struct iovec one = {(void *)data, bytes};
  return written(fd, &one, 1, offset, 1);
}
ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t offset) {
  return pwrite(fd, data, bytes, offset);
}
ssize_t pwritev(int fd, const struct iovec *data, int parts, off_t offset) {
  return written(fd, data, parts, offset, 1);
}
ssize_t pwritev64(int fd, const struct iovec *data, int parts, off_t offset) {
  return written(fd, data, parts, offset, 1);
}

ssize_t read(int fd, void *data, size_t bytes) {
  struct open_file *one = tracked(fd);
  return one && dead(one, FAIL_READS) ? -1 : real_read(fd, data, bytes);
}
ssize_t pread(int fd, void *data, size_t bytes, off_t offset) {
  struct open_file *one = tracked(fd);
  return one && dead(one, FAIL_READS) ? -1 : real_pread(fd, data, bytes, offset);
}
ssize_t pread64(int fd, void *data, size_t bytes, off_t offset) {
  return pread(fd, data, bytes, offset);
}

int ftruncate(int fd, off_t length) {
  struct open_file *one = tracked(fd);
  if (!one) return real_ftruncate(fd, length);
  if (dead(one, FAIL_WRITES)) return -1;
  pthread_mutex_lock(&lock);
  int result = real_ftruncate(fd, length);
  if (!result) note(TRUNCATE, "", 0, one->inode, 0, length, NULL, 0, 0);
  pthread_mutex_unlock(&lock);
  return result;
}
int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

int rename(const char *from, const char *to) {
  if (!watched(from) && !watched(to)) return real_rename(from, to);
  if (faulty(from, FAIL_WRITES) || faulty(to, FAIL_WRITES)) return -1;
  char both[2 * PATH_MAX];
  size_t first = strlen(from) + 1, bytes = first + strlen(to);
  pthread_mutex_lock(&lock);
  int result = real_rename(from, to);
  if (!result && bytes < sizeof both) {
    memcpy(both, from, first);
    memcpy(both + first, to, bytes - first);
    note(RENAME, both, bytes, 0, 0, 0, NULL, 0, 0);
  }
  pthread_mutex_unlock(&lock);
  return result;
}

#define NAMED(name, kind, call, real)                        \
  int name {                                                 \
    if (!watched(path)) return real;                         \
    if (faulty(path, FAIL_WRITES)) return -1;                \
    pthread_mutex_lock(&lock);                               \
    int result = real;                                       \
    if (!result) note(kind, path, strlen(path), 0, 0, 0, NULL, 0, 0); \
    pthread_mutex_unlock(&lock);                             \
    return result;                                           \
  }

NAMED(unlink(const char *path), UNLINK, unlink, real_unlink(path))
NAMED(mkdir(const char *path, mode_t mode), MKDIR, mkdir, real_mkdir(path, mode))
NAMED(rmdir(const char *path), RMDIR, rmdir, real_rmdir(path))

static int synced(int fd, int (*real)(int), int scope) {
  struct open_file *one = tracked(fd);
  if (!one) return real(fd);
  if (dead(one, FAIL_WRITES)) return -1;
  int64_t number = atomic_fetch_add(&sync_number, 1);
  pthread_mutex_lock(&lock);
  uint64_t inode = one->inode;
  char path[PATH_MAX];
  strcpy(path, one->path);
  note(SYNC_BEGIN, path, strlen(path), inode, number, scope, NULL, 0, 0);
  pthread_mutex_unlock(&lock);
  int result = real(fd);
  if (result) return result;
  pthread_mutex_lock(&lock);
  note(SYNC_END, path, strlen(path), inode, number, scope, NULL, 0, 0);
  pthread_mutex_unlock(&lock);
  return 0;
}

int fsync(int fd) { return synced(fd, real_fsync, SCOPE_FILE); }
int fdatasync(int fd) { return synced(fd, real_fdatasync, SCOPE_FILE); }
int syncfs(int fd) { return synced(fd, real_syncfs, SCOPE_FS); }
