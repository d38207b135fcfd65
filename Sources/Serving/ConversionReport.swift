import Kernels
package import Models

/// What there is to say about a conversion: the formats, and where they are not those that were asked for.
package struct ConversionReport {
    /// The formats of all matrices.
    package let formats: String
    /// What may be a surprise; one line each.
    package let notes: [String]

    /// A report on the outcome of each matrix.
    package init(_ outcomes: [ConversionOutcome], _ quantisation: Quantisation) {
        formats = "matrices: " + Self.counts(outcomes)
        var notes: [String] = []
        let fallen = outcomes.filter(\.fellBack)
        if let first = fallen.first {
            let asked = quantisation.usualFormat?.name ?? ""
            notes.append(
                "\(fallen.count) of \(outcomes.count) matrices have rows that are no whole blocks of \(asked): "
                    + "\(Self.counts(fallen)) (\(first.name), rows of \(first.inputs)\(fallen.count > 1 ? ", …" : ""))")
        }
        let kept = outcomes.filter(\.wasInBlocks)
        if quantisation != .none, !kept.isEmpty {
            let all = kept.count == outcomes.count
            notes.append(
                all
                    ? "nothing was quantised: all matrices of the source are in blocks already and stay as they are"
                    : "\(kept.count) of \(outcomes.count) matrices were in blocks already and stay as they are")
        }
        self.notes = notes
    }

    /// "169 Q4_K, 42 Q6_K", the most first.
    private static func counts(_ outcomes: [ConversionOutcome]) -> String {
        let counts = Dictionary(outcomes.map { ($0.format.name, 1) }, uniquingKeysWith: +)
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
            .joined(separator: ", ")
    }
}
