import Models
import Scheduling

/// From a plan to what the model computes.
enum BatchBuilder {
    /// The plan's rows in the model's terms, in the same order.
    static func batch(_ plan: StepPlan) -> [BatchRow] {
        plan.rows.map { row in
            BatchRow(tokens: row.tokens, position: row.position, pages: row.pages, outputs: outputs(row.outputs))
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
