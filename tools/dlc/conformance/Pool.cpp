#include "tools/dlc/conformance/Pool.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/Verb.h"
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace dlc::conformance {
namespace {
struct Child {
  int index = 0;
  pid_t pid = -1;
  int answerFd = -1, errorFd = -1;
  double start = 0;
  bool killed = false;
  std::string answer, errors;
};

void makePipe(int (&fds)[2]) {
  if (pipe2(fds, O_CLOEXEC) != 0)
    throw cli::Failure(cli::Internal, fmt::format("no pipe for a worker: {}", std::strerror(errno)));
}

Child start(int index, const std::function<void(int, int)> &work) {
  int answer[2], errors[2];
  makePipe(answer);
  makePipe(errors);
  Child child;
  child.index = index;
  child.start = cli::now();
  child.pid = fork();
  if (child.pid < 0)
    throw cli::Failure(cli::Internal, fmt::format("no process for a worker: {}", std::strerror(errno)));
  if (child.pid == 0) {
    // A group of its own, so that a time-out reaches what it may have started; no core files.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    for (int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE})
      std::signal(signal, SIG_DFL);
    dup2(errors[1], STDERR_FILENO);
    dup2(errors[1], STDOUT_FILENO);
    int code = 0;
    try {
      work(index, answer[1]);
    } catch (const std::exception &error) {
      fmt::print(stderr, "{}\n", error.what());
      code = cli::Internal;
    }
    std::fflush(nullptr);
    _exit(code); // no destructors: teardown belongs to the parent
  }
  close(answer[1]);
  close(errors[1]);
  child.answerFd = answer[0];
  child.errorFd = errors[0];
  return child;
}

/// Appends what is there; false at the end of the stream.
bool drain(int fd, std::string &to, size_t most) {
  char buffer[1 << 14];
  ssize_t n = read(fd, buffer, sizeof buffer);
  if (n < 0)
    return errno == EINTR || errno == EAGAIN;
  to.append(buffer, static_cast<size_t>(n));
  if (to.size() > most)
    to.erase(0, to.size() - most);
  return n > 0;
}

std::string lastLine(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  size_t newline = text.rfind('\n');
  return newline == text.npos ? text : text.substr(newline + 1);
}

Answer finish(Child &child, double limit) {
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
    ;
  Answer answer{End::Answered, std::move(child.answer), "", cli::now() - child.start};
  if (child.killed) {
    answer.end = End::TimedOut;
    answer.reason = fmt::format("not done after {:g} s", limit);
  } else if (WIFSIGNALED(status) || WEXITSTATUS(status) != 0) {
    answer.end = End::Crashed;
    std::string how =
        WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : fmt::format("exit code {}", WEXITSTATUS(status));
    std::string line = lastLine(child.errors);
    answer.reason = line.empty() ? how : fmt::format("{}: {}", how, line);
  }
  return answer;
}
} // namespace

void forEachIsolated(int count, int jobs, double limit, const std::function<void(int, int)> &work,
                     const std::function<void(int, const Answer &)> &done) {
  std::fflush(nullptr); // what is buffered now would be written by every child again
  std::vector<Child> running;
  int next = 0;
  while (next < count || !running.empty()) {
    while (next < count && static_cast<int>(running.size()) < std::max(jobs, 1))
      running.push_back(start(next++, work));
    std::vector<pollfd> fds;
    double wait = 1;
    for (Child &child : running) {
      fds.push_back({child.answerFd, POLLIN, 0});
      fds.push_back({child.errorFd, POLLIN, 0});
      wait = std::min(wait, child.start + limit - cli::now());
    }
    poll(fds.data(), fds.size(), std::clamp(static_cast<int>(wait * 1000) + 1, 1, 1000));
    for (size_t i = 0; i < running.size();) {
      Child &child = running[i];
      for (auto [fd, text, most] : {std::tuple(&child.answerFd, &child.answer, size_t(64) << 20),
                                    std::tuple(&child.errorFd, &child.errors, size_t(1) << 16)}) {
        auto event =
            std::find_if(fds.begin(), fds.end(), [fd = *fd](const pollfd &p) { return p.fd == fd && fd >= 0; });
        if (event != fds.end() && event->revents && !drain(*fd, *text, most)) {
          close(*fd);
          *fd = -1;
        }
      }
      if (!child.killed && cli::now() - child.start > limit) {
        child.killed = true;
        kill(-child.pid, SIGKILL);
        kill(child.pid, SIGKILL); // where it had no group of its own yet
      }
      // A grandchild may hold the pipes open after a kill: then the process itself decides.
      if ((child.answerFd < 0 && child.errorFd < 0) || child.killed) {
        for (int fd : {child.answerFd, child.errorFd})
          if (fd >= 0)
            close(fd);
        Answer answer = finish(child, limit);
        int index = child.index;
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
        fds.clear();
        done(index, answer);
        break; // fds no longer match
      }
      ++i;
    }
  }
}

} // namespace dlc::conformance
