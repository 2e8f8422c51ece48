/* Certificates: those that vouch for servers, the client's own, and what is wrong with a server's. */
#include "native_tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first error that OpenSSL has to tell; the others lie above it. */
static const char *reason(void)
{
    unsigned long code = ERR_peek_error();
    const char *text;

    if (ERR_SYSTEM_ERROR(code)) {
        return strerror(ERR_GET_REASON(code));
    }
    text = code ? ERR_reason_error_string(code) : NULL;
    return text ? text : "it is no such file";
}

/* ------------------------------------------------------------------ whom to trust */

/* Where systems keep them: Debian and its relatives, Fedora and RHEL, openSUSE, Alpine, OpenELEC; a program that was made on
 * one of them runs on the others. */
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/cacert.pem",
};
static const char *const folders[] = {"/etc/ssl/certs", "/etc/pki/tls/certs"};

static bool trust_system(SSL_CTX *ctx)
{
    const char *file = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR");

    if ((file && *file) || (dir && *dir)) {
        return SSL_CTX_set_default_verify_paths(ctx) == 1;
    }
    for (size_t i = 0; i < sizeof bundles / sizeof bundles[0]; i++) {
        if (access(bundles[i], R_OK) == 0 && SSL_CTX_load_verify_file(ctx, bundles[i]) == 1) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (access(folders[i], R_OK | X_OK) == 0) {
            return SSL_CTX_load_verify_dir(ctx, folders[i]) == 1;
        }
    }
    return SSL_CTX_set_default_verify_paths(ctx) == 1; /* it may know a place of its own; empty: nobody is trusted */
}

bool tls_trust(SSL_CTX *ctx, const struct exchange_profile *profile, char *why, size_t why_size)
{
    ERR_clear_error();
    if (!profile->verify) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
        return true;
    }
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    if (!profile->ca) {
        (void)trust_system(ctx);
        ERR_clear_error();
        return true;
    }
    if (SSL_CTX_load_verify_file(ctx, profile->ca) == 1) {
        return true;
    }
    snprintf(why, why_size, "cannot read certificates to trust from %s: %s", profile->ca, reason());
    ERR_clear_error();
    return false;
}

/* True: neither a file nor a folder of certificates was found. */
static bool trusts_nobody(const SSL_CTX *ctx)
{
    const X509_STORE *store = SSL_CTX_get_cert_store(ctx);
    const char *file = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR");
    bool named = (file && *file) || (dir && *dir);

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        named |= access(folders[i], R_OK | X_OK) == 0;
    }
    return !named && sk_X509_OBJECT_num(X509_STORE_get0_objects(store)) == 0;
}

void tls_explain_certificate(const SSL_CTX *ctx, long verdict, const char *host, char *text, size_t size)
{
    switch (verdict) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        if (trusts_nobody(ctx)) {
            snprintf(text, size,
                     "no certificates to trust were found on this machine; --ca FILE or SSL_CERT_FILE names them");
            return;
        }
        break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        snprintf(text, size, "no name in the certificate matches '%s'", host);
        return;
    default:
        break;
    }
    snprintf(text, size, "%s", X509_verify_cert_error_string(verdict));
}

/* ------------------------------------------------------------------ who we are */

/* A key with a password is refused, not asked for on the terminal. */
static int no_password(char *room, int size, int writing, void *data)
{
    (void)room;
    (void)size;
    (void)writing;
    *(bool *)data = true;
    return -1;
}

bool tls_identify(SSL_CTX *ctx, const struct exchange_profile *profile, char *why, size_t why_size)
{
    const char *key = profile->key ? profile->key : profile->cert;
    bool locked = false, good;

    if (!profile->cert) {
        return true;
    }
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(ctx, profile->cert) != 1) {
        snprintf(why, why_size, "cannot read the client certificate from %s: %s", profile->cert, reason());
        ERR_clear_error();
        return false;
    }
    SSL_CTX_set_default_passwd_cb(ctx, no_password);
    SSL_CTX_set_default_passwd_cb_userdata(ctx, &locked);
    good = SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb(ctx, NULL);
    SSL_CTX_set_default_passwd_cb_userdata(ctx, NULL);
    if (!good) {
        snprintf(why, why_size, "cannot read the key of the client certificate from %s: %s", key,
                 locked ? "it has a password" : reason());
    } else if (SSL_CTX_check_private_key(ctx) != 1) {
        snprintf(why, why_size, "the key in %s does not belong to the certificate in %s", key, profile->cert);
        good = false;
    }
    ERR_clear_error();
    return good;
}
