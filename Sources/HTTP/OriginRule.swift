/// Which web pages may call the server, and what their browsers are told (CORS, https://fetch.spec.whatwg.org).
///
/// A browser names the page in `origin`, and says in `sec-fetch-site` how far away it is. Programs send neither. Example:
/// a page of `https://evil.example` may send a POST to `http://127.0.0.1:8080` without asking first; its `origin` is not
/// the `host` that it calls, so it is refused before its body is read.
package struct OriginRule: Sendable {
    /// What a request's head says about the page behind it.
    package enum Verdict: Sendable, Equatable {
        /// No page, or one of our own.
        case own
        /// A page of this origin, which is allowed.
        case allowed(String)
        /// Any other page.
        case foreign
    }

    private let allowed: Set<String>
    private let allowsAny: Bool

    /// A rule that allows pages of these origins (`https://name:port`); `*` is any.
    package init(allowed: [String]) {
        let origins = allowed.map(Self.normalised).filter { !$0.isEmpty }
        allowsAny = origins.contains("*")
        self.allowed = Set(origins)
    }

    /// Only pages that come from the server itself.
    package static let ownOnly = OriginRule(allowed: [])

    /// Judges a request by its fields.
    package func verdict(_ fields: Fields) -> Verdict {
        let origins = fields.values("origin")
        if let origin = origins.first {
            guard origins.count == 1 else { return .foreign }
            let normal = Self.normalised(origin)
            if allowsAny || allowed.contains(normal) { return .allowed(origin) }
            guard let host = fields["host"], Self.isOrigin(normal, of: Self.normalised(host)) else { return .foreign }
        }
        // Without a known origin a page of another site shows by this alone: it loads an image, or follows a link.
        let isNear = fields.values("sec-fetch-site").allSatisfy { ["same-origin", "none"].contains($0.lowercased()) }
        return isNear || allowsAny ? .own : .foreign
    }

    /// The fields that every answer to this head carries.
    package func answerFields(to head: RequestHead) -> Fields {
        guard allowsAny || !allowed.isEmpty else { return [:] }
        guard case .allowed(let origin) = verdict(head.fields) else { return ["vary": "Origin"] }
        return [
            "access-control-allow-origin": origin, "access-control-expose-headers": Self.exposedFields,
            "vary": "Origin",
        ]
    }

    /// What the answer to a browser's question before the real request says besides; empty unless it is one, of an
    /// allowed page. `methods` are those that the path knows.
    package func preflightFields(to head: RequestHead, methods: String) -> Fields {
        guard head.method == "OPTIONS", case .allowed = verdict(head.fields),
            head.fields["access-control-request-method"] != nil
        else { return [:] }
        let asked = head.fields.list("access-control-request-headers").filter { name in
            name.utf8.allSatisfy(ASCII.isToken) && !Self.readFields.contains(name)
        }
        var fields: Fields = [
            "access-control-allow-methods": methods,
            "access-control-allow-headers": (Self.readFields + asked).joined(separator: ", "),
            "access-control-max-age": "600",
        ]
        if head.fields["access-control-request-private-network"] == "true" {
            fields.append("access-control-allow-private-network", "true")
        }
        return fields
    }

    /// Whether the origin is that of a page which `host` served, with the port that its scheme implies or without.
    private static func isOrigin(_ origin: String, of host: String) -> Bool {
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where origin.hasPrefix(scheme) {
            let name = String(origin.dropFirst(scheme.count))
            return !name.isEmpty && (name == host || name + port == host || name == host + port)
        }
        return false
    }

    /// Without blanks around it and a final slash, its ASCII letters in lower case.
    private static func normalised(_ text: String) -> String {
        var bytes = text.utf8.map(ASCII.lowercased)[...]
        while let byte = bytes.first, byte == ASCII.space || byte == ASCII.tab { bytes.removeFirst() }
        while let byte = bytes.last, byte == ASCII.space || byte == ASCII.tab || byte == UInt8(ascii: "/") {
            bytes.removeLast()
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Fields that requests of pages may carry. Whatever else is asked for is allowed too: it means nothing here. The
    /// `x-stainless-` ones are those of OpenAI's SDKs.
    private static let readFields =
        [
            "authorization", "content-type", "x-api-key", "x-request-id", "openai-organization", "openai-project",
            "openai-beta",
        ]
        + [
            "lang", "package-version", "os", "arch", "runtime", "runtime-version", "async", "retry-count", "timeout",
            "read-timeout", "helper-method", "raw-response", "poll-helper", "custom-poll-interval", "stream-helper",
        ].map { "x-stainless-" + $0 }

    /// Fields of answers that pages may read.
    private static let exposedFields =
        "x-request-id, openai-processing-ms, retry-after, x-michat-ignored, x-michat-max-tokens"
}
