/// Wrong usage of `trellis event`: what is wrong and what to do about it.
struct EventUsageError: Error, Equatable {
    var message: String

    init(_ message: String) {
        self.message = message
    }
}

/// The arguments of `trellis event` taken apart, in their order.
struct EventArguments {
    /// Options with their values; flags have an empty one.
    private(set) var options: [(option: EventOption, value: String)] = []
    /// Everything that is no option: the URL.
    private(set) var operands: [String] = []

    /// Takes arguments apart as curl does: `-XPOST`, `-Gd a=1`, `--request POST`; and also `--request=POST`.
    init(_ arguments: [String]) throws(EventUsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                operands += rest
                return
            } else if argument.hasPrefix("--") {
                try takeLong(argument.dropFirst(2), &rest)
            } else if argument.hasPrefix("-"), argument != "-" {
                try takeShort(argument.dropFirst(), &rest)
            } else {
                operands.append(argument)
            }
        }
    }

    private mutating func takeLong(
        _ argument: Substring, _ rest: inout ArraySlice<String>
    ) throws(EventUsageError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let option = EventOption.long(String(parts[0])) else { throw Self.unknown("--\(parts[0])") }
        guard option.takesValue else {
            guard parts.count == 1 else { throw EventUsageError("\(option.name) takes no value.") }
            options.append((option, ""))
            return
        }
        options.append((option, parts.count == 2 ? String(parts[1]) : try value(of: option, &rest)))
    }

    private mutating func takeShort(
        _ argument: Substring, _ rest: inout ArraySlice<String>
    ) throws(EventUsageError) {
        var letters = argument
        while let letter = letters.popFirst() {
            guard let option = EventOption.short(letter) else { throw Self.unknown("-\(letter)") }
            guard option.takesValue else {
                options.append((option, ""))
                continue
            }
            options.append((option, letters.isEmpty ? try value(of: option, &rest) : String(letters)))
            return
        }
    }

    private func value(
        of option: EventOption, _ rest: inout ArraySlice<String>
    ) throws(EventUsageError) -> String {
        // A function's answer is most often piped in, so `--response` alone is enough.
        if option == .response, rest.first.map({ $0.hasPrefix("-") && $0 != "-" }) ?? true { return "-" }
        guard let value = rest.popFirst() else { throw EventUsageError("\(option.name) needs a value.") }
        return value
    }

    private static func unknown(_ spelling: String) -> EventUsageError {
        switch spelling {
        case "-F", "--form", "--form-string":
            EventUsageError("\(spelling) is not taken: give the multipart body with --data-binary @file and -H.")
        case "-T", "--upload-file":
            EventUsageError("\(spelling) is not taken: use -X PUT --data-binary @file.")
        case "-s", "-S", "-v", "-i", "-k", "-L", "-o", "-O", "-f", "-N", "-m", "-w", "-x", "--silent", "--verbose",
            "--include", "--insecure", "--location", "--output", "--fail", "--max-time", "--http1.1", "--resolve",
            "--connect-to", "--show-error", "--compressed":
            EventUsageError("\(spelling) has no meaning here, because nothing is sent: leave it out.")
        default:
            EventUsageError("\(spelling) is no option of 'trellis event': see 'trellis event --help'.")
        }
    }

    /// The last value of an option.
    func last(_ option: EventOption) -> String? {
        options.last { $0.option == option }?.value
    }

    func values(_ option: EventOption) -> [String] {
        options.filter { $0.option == option }.map(\.value)
    }

    func has(_ option: EventOption) -> Bool {
        options.contains { $0.option == option }
    }
}
