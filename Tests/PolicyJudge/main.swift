import Foundation

// Reads cells, one JSON object a line, and writes what Trellis says about each, one JSON object a line.
let decoder = JSONDecoder()
let encoder = JSONEncoder()
while let line = readLine() {
    let verdict: Verdict
    do {
        verdict = try decoder.decode(Cell.self, from: Data(line.utf8)).verdict()
    } catch {
        verdict = Verdict(refused: "\(error)")
    }
    print(String(decoding: try encoder.encode(verdict), as: UTF8.self))
}
