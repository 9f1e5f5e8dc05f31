/// Metrics in the text format that Prometheus reads.
///
/// - Source: Prometheus documentation, "Exposition formats", text format 0.0.4.
struct PrometheusText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    enum Kind: String {
        case counter, gauge, histogram
    }

    typealias Labels = [(name: String, value: String)]

    private(set) var text = ""

    /// All samples of one metric.
    ///
    /// - Parameter name: With `_total` at the end for a counter, with its unit otherwise.
    mutating func add(
        _ name: String, _ kind: Kind, _ help: String, _ samples: some Sequence<(labels: Labels, value: Double)>
    ) {
        head(name, kind, help)
        for sample in samples { line(name, sample.labels, sample.value) }
    }

    /// A metric without labels.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        add(name, kind, help, [(labels: [], value: value)])
    }

    /// - Parameters:
    ///   - bounds: Upper bounds, inclusive.
    ///   - samples: With counts for each bound and one more, not cumulative.
    mutating func add(
        histogram name: String, _ help: String, bounds: [Double],
        _ samples: some Sequence<(labels: Labels, counts: [UInt64], sum: Double)>
    ) {
        head(name, .histogram, help)
        for sample in samples {
            var sum: UInt64 = 0
            for (index, count) in sample.counts.enumerated() {
                sum &+= count
                let bound = bounds.indices.contains(index) ? Self.number(bounds[index]) : "+Inf"
                line("\(name)_bucket", sample.labels + [("le", bound)], Double(sum))
            }
            line("\(name)_sum", sample.labels, sample.sum)
            line("\(name)_count", sample.labels, Double(sum))
        }
    }

    private mutating func head(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    private mutating func line(_ name: String, _ labels: Labels, _ value: Double) {
        text += name
        if !labels.isEmpty {
            text += "{"
            text += labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }.joined(separator: ",")
            text += "}"
        }
        text += " \(Self.number(value))\n"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map { String($0) } ?? "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
