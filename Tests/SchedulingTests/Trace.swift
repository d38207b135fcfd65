import Scheduling

/// A scheduler driven by hand, with its plans as lines of text.
///
/// A line lists copies (`copy 3→5:2`), then rows as `name first-last`, `*` if a token is sampled. Sequences are named
/// by letters; the token that is sampled is always the same.
struct Trace: ~Copyable {
    var scheduler: Scheduler
    /// What prompts may take beside streams.
    var budget = PromptBudget.unbounded
    private(set) var lines: [String] = []
    private var names: [SequenceID: String] = [:]

    static let sampledToken: Int32 = 7

    init(_ limits: SchedulerLimits) { scheduler = Scheduler(limits) }

    /// Small limits for diagrams: pages of four tokens, a step of twelve.
    static func limits(pages: Int, running: Int, waiting: Int) -> SchedulerLimits {
        SchedulerLimits(
            pages: PageBudget(count: pages, tokens: 4), step: StepBudget(tokens: 12, outputs: 8), running: running,
            waiting: waiting, context: 64)
    }

    mutating func submit(_ name: String, _ prompt: [Int32], maximum: Int, priority: Int = 0, salt: [UInt8] = []) throws
    {
        let id = Self.id(name)
        let options = SequenceOptions(salt: salt, priority: priority, stopTokens: [], wantsPromptLogits: false)
        try scheduler.add(id, prompt: prompt, maximumTokens: maximum, options: options)
        names[id] = name
    }

    mutating func cancel(_ name: String) {
        if let outcome = scheduler.cancel(Self.id(name)) { lines.append(text([outcome])) }
    }

    mutating func step() {
        let plan = scheduler.plan(budget)
        let outcomes = scheduler.commit(plan, plan.rows.map { $0.samples ? .token(Self.sampledToken) : .none })
        scheduler.checkInvariants()
        let preempted = plan.preempted.map { "preempt \(name($0))" }
        let copies = plan.copies.map { "copy \($0.from)→\($0.to):\($0.tokens)" }
        let rows = plan.rows.map { row in
            "\(name(row.id))\(row.position)-\(row.position + row.count - 1)\(row.samples ? "*" : "")"
        }
        let endings = outcomes.filter { if case .finished = $0 { true } else { false } }
        lines.append((preempted + copies + rows + (endings.isEmpty ? [] : [text(endings)])).joined(separator: " "))
    }

    /// The lines so far, joined.
    var text: String { lines.joined(separator: "\n") }

    static func id(_ name: String) -> SequenceID {
        SequenceID(raw: name.unicodeScalars.reduce(0) { $0 << 8 | UInt64($1.value) })
    }

    private func name(_ id: SequenceID) -> String { names[id] ?? "?" }

    private func text(_ outcomes: [Outcome]) -> String {
        outcomes.map { outcome in
            switch outcome {
            case .token(let id, let token): "\(name(id))=\(token)"
            case .finished(let id, let reason): "end \(name(id)) \(reason)"
            }
        }.joined(separator: " ")
    }
}

extension Scheduler {
    /// A plan of its own.
    mutating func plan(_ budget: PromptBudget, lone: PromptBudget = .unbounded) -> StepPlan {
        var plan = StepPlan()
        self.plan(&plan, prompts: budget, lone: lone)
        return plan
    }

    /// What committing changed.
    mutating func commit(_ plan: StepPlan, _ samples: [RowSample]) -> [Outcome] {
        var outcomes: [Outcome] = []
        commit(plan, samples: samples, into: &outcomes)
        return outcomes
    }
}

/// Distinct tokens from `first` on.
func tokens(_ first: Int32, _ count: Int) -> [Int32] { (0..<Int32(count)).map { first + $0 } }
