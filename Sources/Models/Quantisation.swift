package import Kernels

/// What happens to weights that are stored as plain numbers: kept, or made smaller while they are loaded.
///
/// Matrices only; norms and biases stay exact, and what a file already holds in blocks stays as it is, unless R8 is asked for.
package enum Quantisation: String, CaseIterable, Sendable {
    /// As stored.
    case none
    case f32, f16, bf16, q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k, r8

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

    /// The format of most matrices, which has the same name; nil: as stored.
    package var usualFormat: ElementFormat? { ElementFormat.allCases.first { $0.name.lowercased() == rawValue } }

    /// The format of a matrix with rows of `inputs` values that is stored as `stored`.
    func format(at place: Place, stored: ElementFormat, inputs: Int) -> ElementFormat {
        guard let usual = usualFormat, takes(stored) else { return stored }
        return Self.fitting(wanted(usual, at: place), inputs: inputs) ?? stored
    }

    /// Whether weights that are stored as `stored` are to be made anew: plain numbers, and blocks for R8, which loses next to
    /// nothing of them.
    package func takes(_ stored: ElementFormat) -> Bool { self != .none && (stored.isPlain || self == .r8) }

    /// Formats of fewer bits leave embedding and head six of them; the mixed ones leave some projections six as well.
    private func wanted(_ usual: ElementFormat, at place: Place) -> ElementFormat {
        guard usual.bitsPer256 < ElementFormat.q6_K.bitsPer256 else { return usual }
        switch place {
        case .ends: return .q6_K
        case .sensitive(let layer, let layers) where usual.isMixed:
            return Self.needsMoreBits(layer: layer, of: layers) ? .q6_K : usual
        case .sensitive, .inner: return usual
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

    /// Whether a model in this format keeps some of its matrices in more bits.
    var isMixed: Bool { blockElements == 256 }

    /// Bits of 256 values in memory.
    fileprivate var bitsPer256: Int { (Matrix.packedByteCount(format: self, outputs: 16, inputs: 256) ?? 0) / 2 }
}
