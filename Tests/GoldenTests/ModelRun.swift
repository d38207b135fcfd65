import Kernels
import Models
import Platform
import Weights

/// A fixture model with a cache, driven one step at a time.
final class ModelRun {
    struct Setting: Sendable, CustomStringConvertible {
        let instructionSet: InstructionSet
        let threads: Int
        let activations: ActivationFormat
        let kvFormat: KVFormat

        var description: String {
            "\(instructionSet.rawValue), \(threads) threads, \(activations.rawValue), \(kvFormat.rawValue) cache"
        }

        /// One thread, nothing rounded, every instruction set of this processor.
        static let plain = InstructionSet.available.map {
            Setting(instructionSet: $0, threads: 1, activations: .f32, kvFormat: .f32)
        }
        /// Every instruction set with nothing rounded, and with rounded activations and every cache format.
        static let all =
            plain
            + InstructionSet.available.flatMap { set in
                KVFormat.allCases.map { Setting(instructionSet: set, threads: 1, activations: .int8, kvFormat: $0) }
            }

        func with(threads: Int) -> Setting {
            Setting(instructionSet: instructionSet, threads: threads, activations: activations, kvFormat: kvFormat)
        }
    }

    static let pageTokens = 8
    static let pages = 64
    let model: Transformer
    let cache: KVCache
    private let workspace: Workspace

    convenience init(_ fixture: String, _ setting: Setting, _ quantisation: Quantisation = .none) throws {
        try self.init(Fixture.model(fixture), setting, quantisation, nil)
    }

    convenience init(file path: String, _ setting: Setting) throws {
        try self.init(GGUFFile(path: path), setting)
    }

    convenience init(_ file: any TensorFile, _ setting: Setting) throws {
        try self.init(file, setting, .none, nil)
    }

    init(
        _ file: any TensorFile, _ setting: Setting, _ quantisation: Quantisation, _ store: (any WeightStore)?
    ) throws {
        let compute = Compute(
            instructionSet: setting.instructionSet, activations: setting.activations,
            pool: ComputePool(threads: setting.threads))
        let shape = try ModelLoader.shape(of: file)
        let options = LoadOptions(
            context: min(shape.trainedContext, 256), quantisation: quantisation, store: store)
        model = try ModelLoader.load(file, options, compute: compute) { _ in }
        cache = try KVCache(
            pages: Self.pages, pageTokens: Self.pageTokens, layers: shape.layers, kvHeads: shape.kvHeads,
            headDimension: shape.headDimension, format: setting.kvFormat)
        workspace = Workspace(shape: shape, maximumRows: 192, maximumOutputs: 192)
    }

    /// Whether the rows of the last step came out as numbers.
    var finiteTokens: [Int] { workspace.finiteTokens }

    /// Runs one step and gives its rows of logits.
    func step(_ rows: [BatchRow]) -> [[Float]] {
        let batch = Batch(rows)
        model.forward(batch, cache: cache, workspace: workspace)
        let count = batch.rows.reduce(0) { $0 + $1.outputCount }
        return (0..<count).map { Self.copy(workspace.logits, row: $0) }
    }

    private static func copy(_ logits: Tensor, row index: Int) -> [Float] {
        let row = logits.row(index)
        var copy: [Float] = []
        for column in row.indices { copy.append(row[column]) }
        return copy
    }

    /// Logits of all tokens of a sequence that is alone, cut before each position of `cuts`.
    func logits(_ tokens: [Int32], cuts: [Int] = [], pages: [Int32] = Array(0..<32)) -> [[Float]] {
        let bounds = [0] + cuts + [tokens.count]
        return zip(bounds, bounds.dropFirst()).flatMap { start, end in
            step([BatchRow(tokens: Array(tokens[start..<end]), position: start, pages: pages, outputs: .all)])
        }
    }

    /// The `count` likeliest continuations, one after the other.
    func greedy(_ prompt: [Int32], count: Int) -> [Int32] {
        let pages = Array(Int32(0)..<Int32(Self.pages))
        var owed = prompt
        var position = 0
        var result: [Int32] = []
        while result.count < count {
            let row = step([BatchRow(tokens: owed, position: position, pages: pages, outputs: .last)])[0]
            position += owed.count
            owed = [Self.likeliest(row)]
            result += owed
        }
        return result
    }

    static func likeliest(_ row: [Float]) -> Int32 {
        var best = 0
        for (index, value) in row.enumerated() where value > row[best] { best = index }
        return Int32(best)
    }
}
