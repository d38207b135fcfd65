import Dispatch
import HTTPClient
import JSON
import Platform
import Synchronization

/// Measures streams of a server of this process over its own sockets; clients share the machine with it.
package struct WireBench {
    let client: HTTPClient
    /// Tokens that can be named.
    let vocabulary: Int

    private static let stackBytes = 1 << 20
    private static let silenceSeconds = 600.0

    /// Seconds between two tokens of a stream, while all of `sequences` streams run; not a number when a small model has
    /// finished one of them before another one began.
    func decode(sequences: Int, depth: Int, steps: Int) throws(BenchError) -> Double {
        let streams = Streams()
        let done = DispatchSemaphore(value: 0)
        for sequence in 0..<sequences {
            let body = request(prompt: depth, answer: EngineBench.answer(sequences, depth, steps), seed: sequence)
            startThread(named: "client", stack: Self.stackBytes) {
                streams.add(Result { () throws(BenchError) in try self.arrivals(body) })
                done.signal()
            }
        }
        for _ in 0..<sequences { done.wait() }
        return Self.averageGap(try streams.all.map { stream throws(BenchError) in try stream.get() })
    }

    /// Seconds from a prompt to the end of its one token's answer; no two prompts with different seeds begin alike.
    func prompt(tokens: Int, seed: Int) throws(BenchError) -> Double {
        let start = Clock.monotonicSeconds()
        _ = try arrivals(request(prompt: tokens, answer: 1, seed: seed))
        return Clock.monotonicSeconds() - start
    }

    private func request(prompt: Int, answer: Int, seed: Int) -> [UInt8] {
        let ids = (0..<prompt).map { JSONValue.int(Int64(($0 &* 7919 &+ seed &* 104_729) % vocabulary)) }
        let body: JSONObject = [
            "model": "default", "prompt": .array(ids), "max_tokens": .int(Int64(answer)), "stream": true,
            "ignore_eos": true, "seed": .int(Int64(seed)),
        ]
        return Array(JSONValue.object(body).serialized().utf8)
    }

    /// When each event of the answer came.
    private func arrivals(_ body: [UInt8]) throws(BenchError) -> [Double] {
        var times: [Double] = []
        var reader = EventStreamReader()
        let exchange = client.open(
            ClientRequest("POST", "/v1/completions", body: body), limits: .stream(silenceSeconds: Self.silenceSeconds))
        exchange.readHead { false }
        guard exchange.answer.status == 200 else {
            throw BenchError("the server answered with \(exchange.whole().brief)")
        }
        while let part = exchange.nextPart(isStopped: { false }) {
            let now = Clock.monotonicSeconds()
            times += try BenchError.reporting(try reader.consume(part)).map { _ in now }
        }
        if let fault = exchange.answer.fault { throw BenchError("\(fault)") }
        return times
    }

    /// The average gap between the time when the last stream has begun and the time when the first one ends.
    package static func averageGap(_ streams: [[Double]]) -> Double {
        let begin = streams.compactMap(\.first).max() ?? 0
        let end = streams.compactMap { $0.dropLast(closingEvents).last }.min() ?? 0
        let gaps = streams.map { times in
            let counted = times.filter { $0 >= begin && $0 <= end }
            return ((counted.last ?? 0) - (counted.first ?? 0)) / Double(counted.count - 1)
        }
        guard begin < end, gaps.allSatisfy({ $0 > 0 && $0.isFinite }) else { return .nan }
        return gaps.reduce(0, +) / Double(gaps.count)
    }

    /// Events behind the last token: the reason of the ending, and the mark of the end.
    private static let closingEvents = 2
}

/// What the clients have seen, each on its own thread.
private final class Streams: Sendable {
    private let results = Mutex<[Result<[Double], BenchError>]>([])

    var all: [Result<[Double], BenchError>] { results.withLock { $0 } }

    func add(_ result: Result<[Double], BenchError>) { results.withLock { $0.append(result) } }
}
