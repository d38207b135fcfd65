/// A name on the Hugging Face hub, in the spellings that other programs take: `owner/name`, `owner/name:TAG`,
/// `owner/name/file.gguf`, each also behind `hf.co/` or as an address that a browser shows.
struct HubName: Equatable {
    /// `owner/name`.
    let repository: String
    /// The branch or commit of an address, where it is not the usual one.
    private(set) var revision: String?
    /// One file of it, which is all that is wanted.
    private(set) var file: String?
    /// The quantisation that is wanted, as in `:Q4_K_M`.
    private(set) var tag: String?

    private static let hosts = ["hf.co", "huggingface.co", "www.huggingface.co"]
    private static let schemes = ["https://", "http://", "hf://"]

    /// Reads a spelling; nil for what is none.
    /// - Parameter isFolder: whether a folder of this name lies here, so that a path of three parts is one.
    init?(_ text: String, isFolder: (String) -> Bool) {
        let scheme = Self.schemes.first { text.hasPrefix($0) }
        var parts = text.dropFirst(scheme?.count ?? 0).split(separator: "/", omittingEmptySubsequences: false)
        let hasHost = parts.first.map { Self.hosts.contains(String($0)) } ?? false
        guard hasHost || scheme == nil || scheme == "hf://" else { return nil }
        if hasHost {
            parts.removeFirst()
            if parts.last?.isEmpty == true { parts.removeLast() }
        }
        guard parts.count >= 2 else { return nil }
        let named = parts[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard Self.isName(parts[0]), let name = named.first, Self.isName(name) else { return nil }
        repository = "\(parts[0])/\(name)"
        if named.count == 2 {
            guard parts.count == 2, Self.isName(named[1]) else { return nil }
            tag = String(named[1])
        }
        guard parts.count > 2 else {
            // What ends like a file is the file of a folder that is not there.
            let isFile = parts[1].hasSuffix(".gguf") || parts[1].hasSuffix(".safetensors")
            if isFile && scheme == nil && !hasHost { return nil }
            return
        }
        let isOurs = scheme == nil && !hasHost
        guard read(parts.dropFirst(2), isPath: isOurs) else { return nil }
        if isOurs && isFolder(String(parts[0])) { return nil }
    }

    /// Reads what stands behind `owner/name`: a file or, in addresses, a view with its revision; false for anything else.
    private mutating func read(_ rest: ArraySlice<Substring>, isPath: Bool) -> Bool {
        var rest = rest
        if !isPath, let view = rest.first, ["tree", "blob", "resolve"].contains(view) {
            guard let branch = rest.dropFirst().first, Self.isName(branch) else { return false }
            revision = branch == "main" ? nil : String(branch)
            rest = rest.dropFirst(2)
            // A folder of a repository is looked at on the way to its files.
            guard view != "tree" else { return rest.allSatisfy(Self.isName) }
        }
        guard let last = rest.last else { return true }
        let name = last.prefix { $0 != "?" }
        let parts = rest.dropLast() + [name]
        guard name.hasSuffix(".gguf"), parts.allSatisfy(Self.isName) else { return false }
        file = parts.joined(separator: "/")
        return true
    }

    /// What to do to have the model here.
    var advice: String {
        let folder = repository.split(separator: "/").last.map(String.init) ?? repository
        let words = [
            "hf download \(repository)", file, tag.map { "--include '*\($0)*'" }, revision.map { "--revision \($0)" },
            "--local-dir \(folder)",
        ]
        let result =
            if let file {
                "the file \(folder)/\(file)"
            } else if tag != nil {
                "the file that is in \(folder) then"
            } else {
                "the folder \(folder), or a GGUF file in it"
            }
        return "get it with \"\(words.compactMap { $0 }.joined(separator: " "))\" and give \(result)"
    }

    /// Whether a part of a name has only what the hub allows, so that the command can be pasted into a shell.
    private static func isName(_ part: Substring) -> Bool {
        !part.isEmpty && part.first != "." && part.first != "-"
            && part.utf8.allSatisfy {
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
            }
    }
}
