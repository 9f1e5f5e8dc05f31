import Glibc

/// Finds processes of execution environments by what they inherited, when nothing else leads to them any more: no parent,
/// no group, no session.
///
/// A function that removes its environment variables from what it starts hides it. That leads to a process left behind
/// only if the supervisor was killed, or is not there.
enum ProcessSweep {
    private static let variable = Array("AWS_LAMBDA_LOG_STREAM_NAME=".utf8)
    private static let maximumRounds = 100

    /// Kills all processes of these environments, also those that they start meanwhile.
    ///
    /// Blocks.
    ///
    /// - Parameter environments: Their names.
    static func end(environments: Set<String>) {
        guard !environments.isEmpty else { return }
        let names = environments.map { Array($0.utf8) }
        // A process that is on its way from one program to the next shows no environment.
        var emptyRounds = 0
        for _ in 0..<maximumRounds where emptyRounds < 3 {
            let found = processes { environment in names.contains { environment.hasSuffix($0) } }
            emptyRounds = found.isEmpty ? emptyRounds + 1 : 0
            for process in found { kill(process, SIGKILL) }
            usleep(2_000)
        }
    }

    /// Processes whose log stream satisfies a condition; a process that has ended, but is not reaped, has none.
    private static func processes(where matches: (ArraySlice<UInt8>) -> Bool) -> [pid_t] {
        ProcFile.numbers(in: "/proc").filter { process in
            guard process != getpid(), let environment = ProcFile.read("/proc/\(process)/environ") else { return false }
            return environment.split(separator: 0).contains { entry in
                entry.starts(with: variable) && matches(entry.dropFirst(variable.count))
            }
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func hasSuffix(_ suffix: [UInt8]) -> Bool { self.suffix(suffix.count).elementsEqual(suffix) }
}
