import Kernels
import Models
import Platform
import Weights

/// A fixture model with a drafting layer, decoding one sequence greedily with drafts.
final class DraftRun {
    static let pageTokens = 8
    let model: Transformer
    let pass: DraftPass
    private let cache: KVCache
    private let workspace: Workspace
    private let pages: [Int32]

    /// One round: what was drafted, how much of it was right, and the token after that.
    struct Round: Equatable {
        let drafts: [Int32]
        let accepted: Int
        let bonus: Int32
    }

    struct WithoutDrafts: Error {}

    init(
        _ file: any TensorFile, instructionSet: InstructionSet, threads: Int, hiddenState: DraftHiddenState,
        zeroesFirstToken: Bool
    ) throws {
        let compute = Compute(
            instructionSet: instructionSet, activations: .f32, pool: ComputePool(threads: threads))
        model = try ModelLoader.load(file, compute: compute, context: 256) { _ in }
        let options = DraftOptions(
            hiddenState: hiddenState, zeroesFirstToken: zeroesFirstToken, vocabulary: model.shape.usableVocabulary)
        guard let pass = DraftPass(model, options: options, maximumRows: 64, maximumSequences: 2) else {
            throw WithoutDrafts()
        }
        self.pass = pass
        let shape = model.shape
        cache = try KVCache(
            pages: 32, pageTokens: Self.pageTokens, layers: shape.cacheLayers(isDrafting: true),
            kvHeads: shape.kvHeads, headDimension: shape.headDimension, format: .f32)
        workspace = Workspace(shape: shape, maximumRows: 64, maximumOutputs: 64)
        pages = (0..<32).map { Int32($0 * 5 % 32) }
    }

    /// The layer's logits behind the last token of `prompt`, whose followers are `next`.
    func draftLogits(_ prompt: [Int32], next: [Int32]) -> [Float] {
        _ = step(prompt, position: 0)
        _ = drafts(following: next, position: 0, depth: 1)
        return Self.copy(pass.logits, row: 0).prefix(model.shape.usableVocabulary) + []
    }

    /// Greedy decoding of at least `count` tokens with `depth` drafts a round.
    func rounds(_ prompt: [Int32], count: Int, depth: Int) -> (tokens: [Int32], rounds: [Round]) {
        var position = 0
        var owed = prompt
        var output = [ModelRun.likeliest(step(owed, position: 0)[prompt.count - 1])]
        var following = prompt.dropFirst() + output
        var rounds: [Round] = []
        while output.count < count {
            let drafts = drafts(following: following + [], position: position, depth: depth)
            position += following.count
            owed = output.suffix(1) + drafts
            let choices = step(owed, position: position).map(ModelRun.likeliest)
            let accepted = zip(drafts, choices).prefix { $0 == $1 }.count
            rounds.append(Round(drafts: drafts, accepted: accepted, bonus: choices[accepted]))
            output += choices[...accepted]
            following = choices[...accepted]
        }
        return (output.prefix(count) + [], rounds)
    }

    private func drafts(following: [Int32], position: Int, depth: Int) -> [Int32] {
        var batch = DraftBatch()
        batch.append(
            following: following[...], [], at: .init(position: position, firstHidden: 0), pages: pages,
            wantsDrafts: true)
        var drafts: [Int32] = []
        pass.begin(batch, cache: cache, workspace: workspace, into: &drafts)
        for _ in 1..<depth { pass.proceed(cache: cache, workspace: workspace, into: &drafts) }
        return drafts
    }

    private func step(_ tokens: [Int32], position: Int) -> [[Float]] {
        model.forward(
            [BatchRow(tokens: tokens, position: position, pages: pages, outputs: .all)], cache: cache,
            workspace: workspace)
        return tokens.indices.map { Self.copy(workspace.logits, row: $0).prefix(model.shape.usableVocabulary) + [] }
    }

    private static func copy(_ logits: Tensor, row index: Int) -> [Float] {
        let row = logits.row(index)
        return row.indices.map { row[$0] }
    }
}
