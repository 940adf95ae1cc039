// Several hosts in step: the first listens, the others call, nobody passes a barrier before all have reached
// it. Only this control traffic goes between hosts; frames never do.
#pragma once

#include <chrono>
#include <cstring>
#include <netdb.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace braid::host {

class Barrier {
public:
  /// `place`: address:port of the first host; not used where there is only one.
  Barrier(const std::vector<std::string> &hosts, const std::string &self, const std::string &place,
          int seconds)
      : hosts_(hosts), seconds_(seconds) {
    if (hosts.size() < 2)
      return;
    const size_t colon = place.rfind(':');
    if (colon == std::string::npos)
      throw std::runtime_error("several hosts need --rendezvous ADDRESS:PORT of " + hosts[0]);
    if (self == hosts[0])
      listenAt(place.substr(colon + 1));
    else
      callAt(place.substr(0, colon), place.substr(colon + 1), self);
  }
  Barrier(const Barrier &) = delete;
  Barrier &operator=(const Barrier &) = delete;
  ~Barrier() {
    for (int peer : peers_)
      close(peer);
  }

  void wait(const std::string &what) {
    const bool isFirst = !names_.empty();
    if (!isFirst)
      for (int peer : peers_)
        put(peer, hosts_[0]);
    for (size_t i = 0; i < peers_.size(); ++i) {
      char byte = 0;
      if (recv(peers_[i], &byte, 1, MSG_WAITALL) != 1)
        throw std::runtime_error((isFirst ? names_[i] : hosts_[0]) + " has not reached '" + what +
                                 "' within " + std::to_string(seconds_) + " s");
    }
    if (isFirst)
      for (size_t i = 0; i < peers_.size(); ++i)
        put(peers_[i], names_[i]);
  }

private:
  static void put(int peer, const std::string &name) {
    if (send(peer, "+", 1, MSG_NOSIGNAL) != 1)
      throw std::runtime_error(name + " has hung up");
  }
  void limit(int socket) const {
    const timeval limit{seconds_, 0};
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  static addrinfo *resolve(const char *address, const std::string &port) {
    addrinfo hints = {}, *found = nullptr;
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = address ? 0 : AI_PASSIVE;
    if (const int error = getaddrinfo(address, port.c_str(), &hints, &found))
      throw std::runtime_error(std::string(address ? address : "port") + ":" + port + ": " +
                               gai_strerror(error));
    return found;
  }

  void listenAt(const std::string &port) {
    addrinfo *place = resolve(nullptr, port);
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    const int yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const bool ok = bind(listener, place->ai_addr, place->ai_addrlen) == 0 && listen(listener, 64) == 0;
    freeaddrinfo(place);
    if (!ok)
      throw std::runtime_error("port " + port + " cannot be used: " + std::strerror(errno));
    limit(listener);
    while (peers_.size() + 1 < hosts_.size()) {
      const int peer = accept(listener, nullptr, nullptr);
      if (peer < 0)
        throw std::runtime_error(std::to_string(hosts_.size() - 1 - peers_.size()) +
                                 " of the other hosts have not called within " + std::to_string(seconds_) +
                                 " s");
      limit(peer);
      peers_.push_back(peer);
      names_.push_back(readName(peer));
    }
    close(listener);
  }
  void callAt(const std::string &address, const std::string &port, const std::string &self) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds_);
    addrinfo *place = resolve(address.c_str(), port);
    while (true) {
      const int peer = socket(AF_INET, SOCK_STREAM, 0);
      if (connect(peer, place->ai_addr, place->ai_addrlen) == 0) {
        freeaddrinfo(place);
        limit(peer);
        peers_.push_back(peer);
        const std::string name = self + "\n";
        if (send(peer, name.data(), name.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(name.size()))
          throw std::runtime_error(hosts_[0] + " has hung up");
        return;
      }
      close(peer);
      if (std::chrono::steady_clock::now() >= until)
        throw std::runtime_error(hosts_[0] + " cannot be reached at " + address + ":" + port);
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  static std::string readName(int peer) {
    std::string name;
    for (char c = 0; recv(peer, &c, 1, 0) == 1 && c != '\n' && name.size() < 256;)
      name += c;
    return name;
  }

  std::vector<std::string> hosts_, names_; ///< names_: of peers_, at the first host
  std::vector<int> peers_;
  int seconds_;
};

} // namespace braid::host
