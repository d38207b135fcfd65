package import HTTPClient
import JSON
import Kernels
import Models
import Platform
package import Serving

/// Profiles of several kinds of steps beside each other.
package struct ProfileBench {
    private let works: [StepProfile.Work]
    private let loaded: LoadedModel
    private let client: HTTPClient
    private let repeats: Int

    /// Steps of `loaded`, which the server that `client` talks to serves.
    package init(works: [StepProfile.Work], loaded: LoadedModel, client: HTTPClient, repeats: Int) {
        self.works = works
        self.loaded = loaded
        self.client = client
        self.repeats = repeats
    }

    /// Measures all of them and prints a table, or JSON.
    /// - Throws: ``BenchError`` when something does not fit into the memory or the server does not answer.
    package func run(kvFormat: String, depth: Int, json: Bool) throws(BenchError) {
        let wire = WireBench(client: client, vocabulary: loaded.plan.shape.usableVocabulary)
        let peaks = try BenchError.reporting(try MachinePeaks.measure(using: loaded.compute))
        var profiles: [StepProfile] = []
        for work in works { profiles.append(try StepProfile(work, loaded, wire, peaks: peaks, repeats: repeats)) }
        let table = Self.table(profiles)
        guard json else {
            Terminal.print("\(Terminal.harmless(loaded.name)): \(loaded.summary)")
            let fork = FigureTable.Figure.number(peaks.forkSeconds * 1e6, decimals: 2).shown
            Terminal.print("milliseconds, and percent of the time over the wire; one fork-join takes \(fork) µs\n")
            for line in table.lines { Terminal.print(line) }
            return
        }
        var object = loaded.benchHead(kvFormat: kvFormat)
        object["depth"] = .int(Int64(depth))
        object["fork_join_seconds"] = .double(peaks.forkSeconds)
        object["peaks"] = peaks.table.json
        object["profile"] = table.json
        Terminal.print(JSONValue.object(object).serialized())
    }

    private static func table(_ profiles: [StepProfile]) -> FigureTable {
        var table = FigureTable([("part", "part")] + profiles.map { ($0.work.title, $0.work.title) })
        guard let first = profiles.first else { return table }
        for index in first.lines.indices {
            let figures = profiles.map { profile in
                FigureTable.Figure.time(seconds: profile.lines[index].seconds, of: profile.wholeSeconds)
            }
            let line = first.lines[index]
            table.add([.marked(line.name, mark: line.isSum ? "= " : "  ")] + figures)
        }
        return table
    }
}
