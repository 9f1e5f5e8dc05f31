import BenchmarkCounting

/// How many times faster than Foundation's decoder a response of 1 KB must be decoded.
let leastRatioToFoundation = 10.0

BenchmarkProgram(
    eventCases + responseCases,
    comparison: {
        let foundation = try compareWithFoundation()
        return BenchmarkProgram.Comparison(
            text: "decode-json-1k is \(Table.text(foundation)) times faster than Foundation's JSONDecoder, "
                + "\(Int(leastRatioToFoundation)) promised",
            isKept: foundation.median >= leastRatioToFoundation)
    }
).run()
