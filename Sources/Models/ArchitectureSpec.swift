package import Kernels
package import Weights

/// What sets one family of decoder models apart from the others, as data.
///
/// All of them are the same block: norm, attention, residual, norm, gated feed-forward, residual.
package struct ArchitectureSpec: Sendable {
    /// Value of `general.architecture`, and the prefix of the family's metadata keys; in folders, of `architectures`.
    package let name: String
    /// Files of which layout go by this name.
    package let layout: FileLayout
    /// Which elements of a head are rotated together.
    package let pairing: RotaryPairing
    /// Biases of the query, key and value projections.
    package let attentionBias: BiasRule
    /// Biases of all other projections.
    package let otherBias: BiasRule
    /// Whether every head of queries and keys is normed before it is rotated.
    package let normsHeads: Bool
    /// What the tensors may be called; a file keeps to one of these.
    package let spellings: [TensorNames]

    /// A family with these properties.
    package init(
        name: String, layout: FileLayout, pairing: RotaryPairing, attentionBias: BiasRule, otherBias: BiasRule,
        normsHeads: Bool, spellings: [TensorNames]
    ) {
        precondition(!spellings.isEmpty, "a family whose tensors have no names")
        self.name = name
        self.layout = layout
        self.pairing = pairing
        self.attentionBias = attentionBias
        self.otherBias = otherBias
        self.normsHeads = normsHeads
        self.spellings = spellings
    }

    /// The full name of a metadata key of this family.
    package func key(_ suffix: String) -> String { "\(name).\(suffix)" }

    /// The spelling that `file` keeps to.
    package func names(in file: any TensorFile) -> TensorNames {
        spellings.first { file.tensor($0.embedding + ".weight") != nil } ?? spellings[0]
    }
}

/// Whether a projection has a bias.
package enum BiasRule: Sendable {
    /// The file has to have it.
    case required
    /// It is used where the file has it.
    case optional
}
