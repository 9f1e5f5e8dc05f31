package import TrellisModel

/// Which functions are at which endpoint; the first mapping that fits a function has it.
package struct RemoteFunctionMapping: Sendable {
    /// `nil` fits every account.
    package var account: AccountID?
    /// `nil` fits every Region.
    package var region: Region?
    /// Of function names, `*` stands for any text and `?` for one character; one of them has to fit.
    package var functions: [String]
    package var endpoint: RemoteEndpoint

    package init(account: AccountID?, region: Region?, functions: [String], endpoint: RemoteEndpoint) {
        self.account = account
        self.region = region
        self.functions = functions
        self.endpoint = endpoint
    }

    /// The qualifier does not count: versions and aliases are where their function is.
    func fits(_ function: FunctionARN) -> Bool {
        (account == nil || account == function.scope.account) && (region == nil || region == function.scope.region)
            && functions.contains { wildcardMatches(Array($0.utf8), Array(function.name.rawValue.utf8)) }
    }
}

/// `*` stands for any bytes, `?` for one; in time that grows with the product of the lengths at most.
private func wildcardMatches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    var (position, textPosition) = (0, 0)
    // Where to go on if what follows the last star does not fit here.
    var afterStar: (pattern: Int, text: Int)?
    while textPosition < text.count {
        if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
            position += 1
            afterStar = (position, textPosition)
        } else if position < pattern.count,
            pattern[position] == UInt8(ascii: "?") || pattern[position] == text[textPosition]
        {
            position += 1
            textPosition += 1
        } else if let star = afterStar {
            position = star.pattern
            textPosition = star.text + 1
            afterStar = (star.pattern, star.text + 1)
        } else {
            return false
        }
    }
    return pattern[position...].allSatisfy { $0 == UInt8(ascii: "*") }
}
