import Glibc

/// How many files and sockets the process may have open.
enum OpenFileLimit {
    /// Raises the limit to what the system allows, since a connection is a file.
    ///
    /// - Returns: The limit now.
    @discardableResult
    static func raise() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 0 }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        if setrlimit(resource, &limit) != 0 { limit.rlim_cur = before }
        return Int(clamping: limit.rlim_cur)
    }
}
