package import Kernels

/// What happens to weights that are stored as plain numbers: kept, or made smaller while they are loaded.
///
/// Matrices only; norms and biases stay exact, and what a file already holds in blocks stays as it is.
package enum Quantisation: String, CaseIterable, Sendable {
    /// As stored.
    case none
    case f32, f16, bf16, q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k

    /// The one of this name, in any case; `q4_k_m` and `q5_k_m` are what other programs call the mixed formats.
    package init?(spelling: String) {
        let name = spelling.lowercased()
        self.init(rawValue: ["q4_k_m", "q5_k_m"].contains(name) ? String(name.dropLast(2)) : name)
    }

    /// Where a matrix stands in the model, as far as its format depends on it.
    enum Place: Equatable, Sendable {
        /// The embedding, or the head.
        case ends
        /// A projection that a mixed format keeps in more bits in some blocks: values, and the way down.
        case sensitive(layer: Int, layers: Int)
        /// Any other projection of a block.
        case inner
    }

    /// The format of most matrices; nil: as stored.
    package var usualFormat: ElementFormat? {
        switch self {
        case .none: nil
        case .f32: .f32
        case .f16: .f16
        case .bf16: .bf16
        case .q8_0: .q8_0
        case .q4_0: .q4_0
        case .q4_1: .q4_1
        case .q5_0: .q5_0
        case .q5_1: .q5_1
        case .q4_k: .q4_K
        case .q5_k: .q5_K
        case .q6_k: .q6_K
        }
    }

    /// The format of a matrix with rows of `inputs` values that is stored as `stored`.
    func format(at place: Place, stored: ElementFormat, inputs: Int) -> ElementFormat {
        guard let usual = usualFormat, stored.isPlain else { return stored }
        return Self.fitting(wanted(usual, at: place), inputs: inputs) ?? stored
    }

    /// Four and five bits leave embedding and head six; the mixed formats leave some projections six as well.
    private func wanted(_ usual: ElementFormat, at place: Place) -> ElementFormat {
        switch (self, place) {
        case (.q4_0, .ends), (.q4_1, .ends), (.q5_0, .ends), (.q5_1, .ends), (.q4_k, .ends), (.q5_k, .ends): .q6_K
        case (.q4_k, .sensitive(let layer, let layers)), (.q5_k, .sensitive(let layer, let layers)):
            Self.needsMoreBits(layer: layer, of: layers) ? .q6_K : usual
        default: usual
        }
    }

    /// The first eighth of the blocks, the last one, and every third between them.
    private static func needsMoreBits(layer: Int, of layers: Int) -> Bool {
        layer < layers / 8 || layer >= layers * 7 / 8 || (layer - layers / 8) % 3 == 2
    }

    /// Whether a matrix was wanted in another format than the one that it got because its rows are no whole blocks.
    func fallsBack(to format: ElementFormat) -> Bool {
        guard let usual = usualFormat, !usual.isPlain else { return false }
        return format != usual && (format != .q6_K || self == .q8_0)
    }

    /// The format itself, or for rows that are not whole blocks of 256 the one with blocks of 32 and as many bits; nil
    /// where no block fits.
    private static func fitting(_ format: ElementFormat, inputs: Int) -> ElementFormat? {
        if inputs % format.blockElements == 0 { return format }
        let small: ElementFormat
        switch format {
        case .q4_K: small = .q4_1
        case .q5_K: small = .q5_1
        case .q6_K: small = .q8_0
        default: return nil
        }
        return inputs % small.blockElements == 0 ? small : nil
    }
}

extension ElementFormat {
    /// Whether elements are numbers by themselves, not codes of a block.
    package var isPlain: Bool { blockElements == 1 }
}
