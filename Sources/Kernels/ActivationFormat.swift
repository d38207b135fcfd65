/// What products with quantised weights take.
package enum ActivationFormat: String, CaseIterable, Sendable {
    /// Activations as they are: within rounding of the dequantised reference.
    case f32
    /// Activations rounded to eight bits in groups of 16, each with a scale: several times as fast.
    case int8
}
