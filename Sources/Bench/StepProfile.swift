import Kernels
import Models
import Platform
import Sampling
import Serving
import Tokenization

/// Where the time of one kind of step goes, from the kernels up to the wire.
package struct StepProfile {
    /// What is profiled.
    package enum Work: Sendable {
        /// So many steps of sequences that have `depth` tokens each.
        case decode(sequences: Int, depth: Int, steps: Int)
        /// One prompt.
        case prompt(tokens: Int)

        /// Head of the column.
        package var title: String {
            switch self {
            case .decode(let sequences, _, _): "decode \(sequences)"
            case .prompt(let tokens): "prompt \(tokens)"
            }
        }
    }

    /// A line of the profile.
    struct Line {
        let name: String
        let seconds: Double
        /// A sum of lines above.
        var isSum = false
    }

    let work: Work
    private(set) var lines: [Line] = []

    /// The time over the wire, or the engine's where that could not be seen.
    var wholeSeconds: Double { lines.last { $0.isSum && $0.seconds.isFinite }?.seconds ?? .nan }

    /// Runs `work` `repeats` times in the forward pass, in an engine and over the wire.
    init(_ work: Work, _ loaded: LoadedModel, _ wire: WireBench, peaks: MachinePeaks, repeats: Int) throws(BenchError) {
        self.work = work
        let (phases, marks) = try Self.forward(work, loaded, repeats: repeats)
        let engine = try Self.engine(work, loaded, repeats: repeats)
        let total = try Self.wire(work, wire, repeats: repeats)
        let text = Self.detokenising(work, loaded.tokenizer)
        for (phase, seconds) in zip(StepProbe.Phase.allCases, phases) { lines.append(Line(phase.title, seconds)) }
        lines.append(Line("forward pass", phases.reduce(0, +), isSum: true))
        lines.append(Line("of which fork-join", Double(marks) * peaks.forkSeconds))
        lines.append(Line("sampling", engine.sampling))
        lines.append(Line("scheduling, delivery", engine.rest))
        lines.append(Line("engine", engine.total, isSum: true))
        lines.append(Line("detokenising", text))
        lines.append(Line("JSON, HTTP, clients", total - engine.total - text))
        lines.append(Line("over the wire", total, isSum: true))
    }

    /// Seconds of every phase in one step, in the run that took least, and how many phases there were.
    private static func forward(
        _ work: Work, _ loaded: LoadedModel, repeats: Int
    ) throws(BenchError) -> (phases: [Double], marks: Int) {
        let probe = StepProbe(clock: Clock.monotonicSeconds)
        var best: (phases: [Double], marks: Int) = ([.infinity], 0)
        let bench = try BenchError.reporting(try ForwardBench(loaded, cases: [work.room]))
        bench.attach(probe)
        for _ in 0..<repeats {
            probe.reset()
            var steps = 1
            switch work {
            case .decode(let sequences, let depth, let count):
                _ = bench.decode(sequences: sequences, depth: depth, steps: count)
                steps = count
            case .prompt(let tokens): _ = bench.prompt(tokens: tokens)
            }
            let phases = probe.seconds.map { $0 / Double(steps) }
            if phases.reduce(0, +) < best.phases.reduce(0, +) {
                best = (phases, probe.calls.reduce(0, +) / steps)
            }
        }
        return best
    }

    private static func engine(
        _ work: Work, _ loaded: LoadedModel, repeats: Int
    ) throws(BenchError) -> EngineBench.Times {
        let bench = EngineBench(loaded: loaded, sampling: .neutral(seed: 1))
        let runs = try (0..<repeats).map { _ throws(BenchError) in
            switch work {
            case .decode(let sequences, let depth, let steps):
                try bench.decode(sequences: sequences, depth: depth, steps: steps)
            case .prompt(let tokens): try bench.prompt(tokens: tokens)
            }
        }
        return runs.min { $0.total < $1.total } ?? runs[0]
    }

    private static func wire(_ work: Work, _ wire: WireBench, repeats: Int) throws(BenchError) -> Double {
        let runs = try (1...repeats).map { run throws(BenchError) in
            switch work {
            case .decode(let sequences, let depth, let steps):
                try wire.decode(sequences: sequences, depth: depth, steps: steps)
            case .prompt(let tokens): try wire.prompt(tokens: tokens, seed: tokens + run)
            }
        }
        return runs.min() ?? 0
    }

    /// Seconds that the tokens of a step take on their way to text.
    private static func detokenising(_ work: Work, _ tokenizer: Tokenizer) -> Double {
        guard case .decode(let sequences, _, _) = work else { return 0 }
        let tokens = 4096
        var stream = TextStream(tokenizer: tokenizer, rendersSpecial: false)
        var bytes = 0
        let start = Clock.monotonicSeconds()
        for token in 0..<tokens { bytes += stream.append(Int32(token &* 7919 % tokenizer.count)).utf8.count }
        let seconds = Clock.monotonicSeconds() - start
        return bytes > 0 ? seconds / Double(tokens) * Double(sequences) : 0
    }
}

extension StepProfile.Line {
    init(_ name: String, _ seconds: Double, isSum: Bool = false) {
        self.init(name: name, seconds: seconds, isSum: isSum)
    }
}

extension StepProfile.Work {
    /// Sequences and tokens that the cache must hold.
    package var room: (sequences: Int, tokens: Int) {
        switch self {
        case .decode(let sequences, let depth, let steps): (sequences, depth + steps)
        case .prompt(let tokens): (1, tokens)
        }
    }
}

extension StepProbe.Phase {
    /// What people call it.
    var title: String {
        switch self {
        case .layout: "layout of the batch"
        case .embedding: "embedding"
        case .norm: "norms"
        case .qkv: "product qkv"
        case .storeKV: "rotary, storing keys and values"
        case .attention: "attention"
        case .attentionOutput: "product o"
        case .gateUp: "product gate, up"
        case .silu: "silu"
        case .down: "product down"
        case .head: "product head"
        }
    }
}
