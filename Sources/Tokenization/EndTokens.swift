/// Tokens that end an answer by their name, whatever a file's metadata says: the same list that llama.cpp keeps.
enum EndTokens {
    private static let names: Set<[UInt8]> = Set(
        [
            "<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>", "<|calls|>",
            "<end_of_turn>", "<|endoftext|>", "<|end_of_text|>", "</s>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]",
            "<end_of_utterance>", "<eos>", "<turn|>", "<|tool_response>", "<｜end▁of▁sentence｜>", "[e~[",
            // What follows a document in fill-in-the-middle training: padding, the next repository, the next file.
            "<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]",
            "<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>", "<|file_sep|>",
        ].map { Array($0.utf8) })

    /// How names begin that nobody writes in prose.
    private static let bar = Array("<|".utf8)

    private static let longestBytes = names.map(\.count).max() ?? 0

    /// Whether a piece of this spelling ends an answer.
    static func isEnd(_ piece: ArraySlice<UInt8>) -> Bool {
        piece.count <= longestBytes && names.contains(Array(piece))
    }

    /// The tokens that end an answer: the ones that the description names, and the ones known by name.
    ///
    /// A piece of ordinary text counts only where its spelling cannot be meant as text: Qwen2 has a word `</s>`, which
    /// an answer about HTML may well contain.
    static func ids(in vocabulary: Vocabulary, named: [Int32]) -> Set<Int32> {
        var ids = Set(named)
        for name in names {
            if let known = vocabulary.findLiteral(name, 0..<name.count) {
                ids.insert(known)
            } else if name.starts(with: bar), let known = vocabulary.find(name, 0..<name.count) {
                ids.insert(known)
            }
        }
        return removingMiddleEnds(from: ids, in: vocabulary)
    }

    /// Where answers consist of several messages, `<|end|>` only ends a message; where `</s>` is ordinary text, nothing.
    private static func removingMiddleEnds(from ids: Set<Int32>, in vocabulary: Vocabulary) -> Set<Int32> {
        func has(_ name: String) -> Bool {
            vocabulary.id(ofPiece: name).map(ids.contains) ?? false
        }
        var kept = ids
        if has("<|return|>") && has("<|call|>") || has("<|flush|>") && has("<|calls|>"),
            let end = vocabulary.id(ofPiece: "<|end|>")
        {
            kept.remove(end)
        }
        if has("<|tool_response>"), let end = vocabulary.id(ofPiece: "</s>") {
            kept.remove(end)
        }
        return kept
    }
}
