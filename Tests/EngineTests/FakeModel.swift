import Engine
import Kernels
import Models
import Scheduling
import Synchronization

/// The state of a model after a prefix: any slip of the engine changes it.
func fold(_ hash: UInt64, _ token: Int32) -> UInt64 {
    var bits = hash ^ (UInt64(UInt32(bitPattern: token)) &+ 0x9E37_79B9_7F4A_7C15)
    bits = (bits ^ (bits >> 31)) &* 0xBF58_476D_1CE4_E5B9
    return bits ^ (bits >> 29)
}

/// What tests want to know of a model that works on another thread.
final class FakeModelLog: Sendable {
    private let computed = Atomic<Int>(0)
    private let copied = Atomic<Int>(0)
    private let largest = Atomic<Int>(0)
    private let stepCount = Atomic<Int>(0)

    /// Tokens that went through the model.
    var computedTokens: Int { computed.load(ordering: .relaxed) }
    /// Pages that were begun with slots of another one.
    var copiedPages: Int { copied.load(ordering: .relaxed) }
    /// Steps of the model.
    var steps: Int { stepCount.load(ordering: .relaxed) }
    /// Most tokens of one step.
    var largestStep: Int { largest.load(ordering: .relaxed) }

    func count(tokens: Int) {
        computed.wrappingAdd(tokens, ordering: .relaxed)
        stepCount.wrappingAdd(1, ordering: .relaxed)
        largest.store(max(largestStep, tokens), ordering: .relaxed)
    }

    func countCopy() { copied.wrappingAdd(1, ordering: .relaxed) }
}

/// A model whose logits are a function of the whole prefix, which it reads from its pages as a real one does.
final class FakeModel: StepModel {
    static let vocabularySize = 48
    /// After this token every logit is NaN.
    static let poison: Int32 = 47

    /// Rows of the model: some more than tokens that may be sampled.
    static let rowCount = vocabularySize + 8
    let vocabulary = FakeModel.vocabularySize
    let threads = 1
    let instructionSet = InstructionSet.scalar
    private let pageTokens: Int
    private let log: FakeModelLog
    private let beforeStep: @Sendable () -> Void
    private let insideStep: @Sendable () -> Void
    private var slots: [UInt64]
    private var rows: [[Float]] = []
    /// The states of the last step, token by token, and those that drafts were made from.
    private var hidden: [UInt64] = []
    private var drafted: [(hash: UInt64, position: Int, room: Int)] = []

    init(
        _ budget: PageBudget, log: FakeModelLog, beforeStep: @escaping @Sendable () -> Void,
        insideStep: @escaping @Sendable () -> Void = {}
    ) {
        self.insideStep = insideStep
        pageTokens = budget.tokens
        self.log = log
        self.beforeStep = beforeStep
        slots = [UInt64](repeating: 0, count: budget.capacity)
    }

    func copy(page: Int32, to target: Int32, tokens: Int) {
        log.countCopy()
        for slot in 0..<tokens { slots[Int(target) * pageTokens + slot] = slots[Int(page) * pageTokens + slot] }
    }

    func forward(_ batch: Batch, progress: () -> Void) {
        beforeStep()
        progress()
        insideStep()
        log.count(tokens: batch.tokens.count)
        rows.removeAll(keepingCapacity: true)
        hidden.removeAll(keepingCapacity: true)
        for row in batch.rows {
            precondition(!row.tokens.isEmpty, "a row without tokens, which no model takes")
            let pages = batch.pages[row.pages]
            var hash: UInt64 = row.position == 0 ? 0 : slots[place(row.position - 1, pages)]
            for (offset, token) in batch.tokens[row.tokens].enumerated() {
                let medium = batch.media.first { $0.token == row.tokens.lowerBound + offset }
                precondition(
                    (0..<Self.rowCount).contains(Int(token)) != (medium != nil), "a token that the model does not have")
                // What the row holds counts, and not what it is called.
                hash = fold(hash, medium.map { Int32(bitPattern: $0.rows[$0.row, 0].bitPattern) } ?? token)
                slots[place(row.position + offset, pages)] = hash
                hidden.append(hash)
                let isLast = offset == row.tokens.count - 1
                if row.outputs == .all || (row.outputs == .last && isLast) {
                    rows.append(Self.logits(hash, isPoisoned: token == Self.poison))
                }
            }
        }
    }

    let canDraft = true
    let media = MediaSupport.rows(width: 1)

    /// Drafts are mostly what greedy decoding will say. What the engine says about the step is checked against it.
    func beginDrafts(_ batch: DraftBatch, into drafts: inout [Int32]) {
        drafted.removeAll(keepingCapacity: true)
        for row in batch.rows {
            let pages = batch.pages[row.pages]
            precondition(!row.tokens.isEmpty, "a drafting row without tokens, which no model takes")
            var last: UInt64 = 0
            for (offset, token) in batch.tokens[row.tokens].enumerated() {
                last = hidden[row.firstHidden + offset]
                precondition(last == slots[place(row.position + offset, pages)], "hidden states of another place")
                let isInside = offset + 1 < row.tokens.count
                precondition(!isInside || fold(last, token) == hidden[row.firstHidden + offset + 1], "a wrong follower")
                last = fold(last, token)
            }
            guard row.wantsDrafts else { continue }
            drafted.append((last, row.position + row.tokens.count - 1, pages.count * pageTokens))
        }
        draft(into: &drafts)
    }

    func continueDrafts(into drafts: inout [Int32]) {
        for place in drafted.indices {
            let token = drafts[drafts.count - drafted.count + place]
            drafted[place].position += 1
            if token >= 0 { drafted[place].hash = fold(drafted[place].hash, token) }
        }
        draft(into: &drafts)
    }

    private func draft(into drafts: inout [Int32]) {
        for row in drafted {
            let usable = Self.logits(row.hash, isPoisoned: false).prefix(vocabulary)
            let best = usable.indices.max { usable[$0] < usable[$1] } ?? 0
            let isRight = row.hash % 4 != 0
            drafts.append(row.position < row.room ? Int32(isRight ? best : (best + 1) % vocabulary) : -1)
        }
    }

    func withLogits<Result>(row: Int, _ body: (Span<Float>) -> Result) -> Result {
        let logits = rows[row]
        return body(logits.span)
    }

    func visitLogits(of outputs: [Int], by visitor: any RowVisitor) {
        for (index, output) in outputs.enumerated() {
            let values = rows[output]
            visitor.visit(index, values.span)
        }
    }

    private func place(_ position: Int, _ pages: ArraySlice<Int32>) -> Int {
        Int(pages[pages.startIndex + position / pageTokens]) * pageTokens + position % pageTokens
    }

    /// Padding behind the vocabulary is the most attractive of all.
    static func logits(_ hash: UInt64, isPoisoned: Bool) -> [Float] {
        let usable = (0..<vocabularySize).map { token -> Float in
            if isPoisoned { return .nan }
            return token == poison ? -50 : Float(fold(hash, Int32(token)) >> 40) * 0x1p-22
        }
        return usable + [Float](repeating: 1000, count: rowCount - vocabularySize)
    }
}
