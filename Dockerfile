# syntax=docker/dockerfile:1
# One image for the web processes, the workers and the migrations: `docker build --target runtime .`

# --- The widget: TypeScript becomes one script -------------------------------------------------------------
FROM node:24.11.0-bookworm-slim AS widget
WORKDIR /src/widget
COPY widget/package.json widget/package-lock.json widget/.npmrc ./
RUN --mount=type=cache,target=/var/cache/npm npm ci --cache=/var/cache/npm --no-audit --no-fund
COPY static/css/ ../static/css/
COPY widget/ ./
RUN npm run build

# --- Packages: the compiler that mysqlclient needs stays in this stage -------------------------------------
FROM python:3.11.14-slim-bookworm AS packages
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev libmariadb-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements/mysql.txt requirements/
RUN --mount=type=cache,target=/var/cache/pip \
    /opt/venv/bin/pip install --cache-dir=/var/cache/pip --require-hashes -r requirements/mysql.txt

# --- The application, complete: code, model, widget, static files ------------------------------------------
FROM packages AS application
WORKDIR /app
# What a build makes for itself (secrets, a log) lies in /tmp and stays behind with this stage.
ENV PATH=/opt/venv/bin:$PATH EAICHAT_CACHE=/opt/cache EAICHAT_VAR=/tmp/var
COPY manage.py ./
COPY eaichat/ eaichat/
COPY apps/ apps/
# Code changes more often than the model, which is fetched once per builder.
RUN --mount=type=cache,target=/var/cache/eaichat \
    EAICHAT_CACHE=/var/cache/eaichat python manage.py fetch_models --require \
    && mkdir /opt/cache && cp -a /var/cache/eaichat/models /opt/cache/
COPY templates/ templates/
COPY static/ static/
COPY --from=widget /src/static/widget/ static/widget/
RUN python manage.py collectstatic --noinput --verbosity 0 && python -m compileall -q apps eaichat

# --- What runs ---------------------------------------------------------------------------------------------
FROM python:3.11.14-slim-bookworm AS runtime
# x-release-please-start-version
ARG VERSION=0.1.0
# x-release-please-end
LABEL org.opencontainers.image.title="eaichat" \
      org.opencontainers.image.description="The open, self-hosted AI shopping assistant for online stores" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
# libmariadb3: MySQL's and MariaDB's client, with the plugin for MySQL 8's passwords.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libmariadb3 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 eaichat \
    && useradd --uid 10001 --gid eaichat --home-dir /app --no-create-home --shell /usr/sbin/nologin eaichat \
    && install --directory --owner eaichat --group eaichat --mode 700 /app/var /app/var/feeds
COPY --from=application /opt/venv/ /opt/venv/
COPY --from=application /opt/cache/ /opt/cache/
COPY --from=application /app/ /app/
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    EAICHAT_CACHE=/opt/cache \
    EAICHAT_VAR=/app/var \
    PORT=8000
USER eaichat
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --start-interval=2s --retries=3 \
    CMD ["python", "-m", "eaichat.management.probe"]
# The exec form: python is process 1 and gets SIGTERM itself, whereupon it closes its sockets in order.
CMD ["python", "manage.py", "web", "--host", "0.0.0.0"]
