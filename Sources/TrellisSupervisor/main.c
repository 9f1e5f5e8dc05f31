// trellis-supervisor HOST PROGRAM ARGUMENT…
//
// Stands between the function host and the process of one execution environment, so that nothing of the environment is
// left, whichever way it ends: also processes that made a session of their own or whose parents are gone, and also when
// the host is killed with SIGKILL. It takes in every orphan of its descendants (PR_SET_CHILD_SUBREAPER), and the kernel
// tells it when its parent is gone (PR_SET_PDEATHSIG).
//
//   SIGTERM   is passed on to the process group of PROGRAM
//   SIGUSR1   ends everything at once; the kernel sends it when the host dies
//
// It ends when PROGRAM has ended and all that PROGRAM started is gone, in the same way as PROGRAM: with its exit status, or
// by its signal. Status 125: HOST, the process id of the host, is not the parent.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WRONG_PARENT = 125, NOT_EXECUTABLE = 126, NOT_FOUND = 127 };

// A process that cannot be killed, for example one of another user, must not keep the supervisor for ever.
enum { LAST_ROUNDS = 200 };
static const struct timespec round_length = {.tv_nsec = 10 * 1000 * 1000};

// The kernel lists the children of a thread if it was built with CONFIG_PROC_CHILDREN; every usual one is.
static bool kill_listed_children(void) {
    FILE *list = fopen("/proc/thread-self/children", "re");
    if (list == NULL) return false;
    int child;
    while (fscanf(list, "%d", &child) == 1) {
        if (child > 1) kill(child, SIGKILL);
    }
    fclose(list);
    return true;
}

// The second field after the name in parentheses, which may itself contain parentheses; 0 if the process is gone.
static pid_t parent_of(pid_t process) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    if (size <= 0) return 0;
    text[size] = 0;
    const char *name_end = strrchr(text, ')');
    int parent = 0;
    if (name_end == NULL || sscanf(name_end + 1, " %*c %d", &parent) != 1) return 0;
    return parent;
}

static void kill_children(void) {
    if (kill_listed_children()) return;
    DIR *processes = opendir("/proc");
    if (processes == NULL) return;
    struct dirent *entry;
    while ((entry = readdir(processes)) != NULL) {
        pid_t process = (pid_t)strtol(entry->d_name, NULL, 10);
        if (process > 1 && parent_of(process) == getpid()) kill(process, SIGKILL);
    }
    closedir(processes);
}

// The children of a process that ends become children of this one, so that killing one's own children round by round
// reaches all of them, also those that are started meanwhile.
static void end_all_children(const sigset_t *signals) {
    for (int round = 0; round < LAST_ROUNDS; round++) {
        kill_children();
        pid_t ended;
        do ended = waitpid(-1, NULL, WNOHANG);
        while (ended > 0);
        if (ended < 0 && errno == ECHILD) return;
        sigtimedwait(signals, NULL, &round_length);
    }
}

static void end_as(int status) {
    if (WIFSIGNALED(status)) {
        int signal_number = WTERMSIG(status);
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, signal_number);
        signal(signal_number, SIG_DFL);
        sigprocmask(SIG_UNBLOCK, &one, NULL);
        raise(signal_number);
        _exit(128 + signal_number);
    }
    _exit(WEXITSTATUS(status));
}

static void run(char **command, pid_t supervisor, const sigset_t *mask) {
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (getppid() != supervisor) _exit(WRONG_PARENT);
    sigprocmask(SIG_SETMASK, mask, NULL);
    execv(command[0], command);
    int reason = errno;
    dprintf(STDERR_FILENO, "%s: %s\n", command[0], strerror(reason));
    _exit(reason == ENOENT ? NOT_FOUND : NOT_EXECUTABLE);
}

// Keeps neither the output, whose reader sees its end by it, nor a directory.
static void let_go(void) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        for (int descriptor = 0; descriptor <= 2; descriptor++) dup2(null, descriptor);
        close(null);
    }
    if (chdir("/") != 0) return;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: trellis-supervisor HOST PROGRAM [ARGUMENT…]\n");
        return 64;
    }
    sigset_t signals, mask;
    sigemptyset(&signals);
    int handled[] = {SIGCHLD, SIGTERM, SIGUSR1, SIGHUP, SIGINT, SIGQUIT};
    for (size_t index = 0; index < sizeof handled / sizeof *handled; index++) sigaddset(&signals, handled[index]);
    sigprocmask(SIG_BLOCK, &signals, &mask);
    sigdelset(&mask, SIGCHLD);
    // It may come ignored, and then there would be nothing to wait for.
    signal(SIGCHLD, SIG_DFL);

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    if (getppid() != (pid_t)strtol(argv[1], NULL, 10)) return WRONG_PARENT;

    pid_t supervisor = getpid();
    pid_t program = fork();
    if (program < 0) return NOT_EXECUTABLE;
    if (program == 0) run(argv + 2, supervisor, &mask);
    let_go();
    // It ends by the signal that ended the program, and that is no crash of its own.
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    // The server raises its own limit; a function gets what Lambda gives it.
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > 1024) {
        files.rlim_cur = 1024;
        setrlimit(RLIMIT_NOFILE, &files);
    }

    for (;;) {
        switch (sigwaitinfo(&signals, NULL)) {
        case SIGCHLD: {
            int status;
            pid_t ended;
            while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
                if (ended != program) continue;
                end_all_children(&signals);
                end_as(status);
            }
            break;
        }
        case SIGTERM:
            // Before its first instruction the program has no group yet.
            if (kill(-program, SIGTERM) != 0) kill(program, SIGTERM);
            break;
        case SIGUSR1: case SIGHUP: case SIGINT: case SIGQUIT:
            kill(program, SIGKILL);
            break;
        }
    }
}
