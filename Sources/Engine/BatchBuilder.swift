import Models
import Scheduling

/// From a plan to what the model computes.
enum BatchBuilder {
    /// Fills `batch` with the plan's rows in the model's terms, in the same order.
    static func fill(_ batch: inout Batch, with plan: StepPlan, of scheduler: borrowing Scheduler) {
        batch.removeAll()
        for row in plan.rows {
            batch.append(
                tokens: scheduler.tokens(of: row), position: row.position, pages: scheduler.pages(of: row.id) ?? [],
                outputs: outputs(row.outputs))
        }
    }

    private static func outputs(_ outputs: RowOutputs) -> BatchRow.Outputs {
        switch outputs {
        case .none: .none
        case .last: .last
        case .all: .all
        }
    }
}
