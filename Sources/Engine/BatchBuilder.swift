import Models
import Scheduling

/// From a plan to what the model computes.
enum BatchBuilder {
    /// Fills `batch` with the plan's rows in the model's terms, in the same order.
    static func fill(_ batch: inout Batch, with plan: StepPlan, of scheduler: borrowing Scheduler) {
        batch.removeAll()
        for row in plan.rows {
            batch.append(
                tokens: scheduler.tokens(of: row), drafts: scheduler.drafts(of: row), position: row.position,
                pages: scheduler.pages(of: row.id) ?? [], outputs: outputs(row))
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
