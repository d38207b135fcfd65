import Models
import Settings

extension Configuration.Model {
    /// What becomes of plain weights.
    var quantisation: Quantisation { Quantisation(rawValue: quantize) ?? .none }
}
