import Models
import Scheduling

/// From a plan to what the model computes.
enum BatchBuilder {
    /// Fills `batch` with the plan's rows in the model's terms, in the same order; `media` are those of the sequences
    /// that have any.
    static func fill(
        _ batch: inout Batch, with plan: StepPlan, of scheduler: borrowing Scheduler,
        media: [SequenceID: [MediaSpan]]
    ) {
        batch.removeAll()
        for row in plan.rows {
            batch.append(
                tokens: scheduler.tokens(of: row), drafts: scheduler.drafts(of: row), position: row.position,
                pages: scheduler.pages(of: row.id) ?? [], outputs: outputs(row))
            guard !media.isEmpty, let spans = media[row.id] else { continue }
            for span in spans { batch.place(span.rows, at: span.range) }
        }
    }

    private static func outputs(_ row: PlannedRow) -> BatchRow.Outputs {
        guard row.draftCount == 0 else { return .all }
        return switch row.outputs {
        case .none: .none
        case .last: .last
        case .all: .all
        }
    }
}
