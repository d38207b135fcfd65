# Builds michat with the Swift runtime inside, and puts it alone into a small image.
#
#   docker build -t michat .
#   docker run -p 127.0.0.1:8080:8080 -v /path/to/models:/models:ro -v michat-cache:/var/cache/michat michat
#
# It serves /models/model.gguf; -e MICHAT_MODEL=/models/other.gguf serves another. The files must be readable by everybody.
# "-p 8080:8080" instead publishes the port to the whole network: then give keys, for example with
# -v /path/to/keys:/run/keys:ro -e MICHAT_HTTP_API_KEY_FILE=/run/keys (one key a line). Without keys a warning is logged.
# With -e MICHAT_QUANTIZE=q4_k the quantised weights are kept in the cache volume; without that volume every start makes them anew.
FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# Package.resolved, where there is one, fixes the versions of the dependencies.
COPY Package.swift Package.resolved* ./
RUN swift package resolve
COPY Sources Sources
COPY Tests Tests
RUN swift build -c release --static-swift-stdlib --product michat \
    && strip -o /michat .build/release/michat

FROM debian:12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libssl3 libstdc++6 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /michat /usr/local/bin/michat
# A new volume takes its owner from here.
RUN install -d -o 65532 -g 65532 -m 700 /var/cache/michat
LABEL org.opencontainers.image.title="michat" \
    org.opencontainers.image.description="Serves chat models over OpenAI's API" \
    org.opencontainers.image.licenses="Apache-2.0"
# Settings are given as variables, so that the health check sees the same ones.
ENV MICHAT_HOST=0.0.0.0 \
    MICHAT_MODEL=/models/model.gguf \
    MICHAT_MODEL_CACHE_DIR=/var/cache/michat \
    HOME=/var/cache/michat
VOLUME /models /var/cache/michat
EXPOSE 8080
USER 65532:65532
STOPSIGNAL SIGTERM
# A large model from a slow disk, quantised on the way, takes minutes; a check that succeeds ends the period.
HEALTHCHECK --interval=10s --timeout=6s --start-period=600s CMD ["/usr/local/bin/michat", "health", "--quiet"]
ENTRYPOINT ["/usr/local/bin/michat"]
CMD ["serve"]
