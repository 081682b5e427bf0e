from django.urls import path

from institutions.products.views import bank, public

public_urls = [
    path("products/", public.public_products, name="public_products"),
    path("products/compare/", public.public_compare, name="public_compare"),
    path("products/<int:pk>/", public.public_product, name="public_product"),
]
bank_urls = [
    path("products/", bank.bank_products, name="bank_products"),
    path("products/draft/", bank.bank_product_draft, name="bank_product_draft"),
    path("products/<int:pk>/", bank.bank_product, name="bank_product"),
    path("products/<int:pk>/revise/", bank.bank_product_revise, name="bank_product_revise"),
    path("products/<int:pk>/submit/", bank.bank_product_submit, name="bank_product_submit"),
    path("products/<int:pk>/next/", bank.bank_product_next, name="bank_product_next"),
    path("products/<int:pk>/pause/", bank.bank_product_pause, name="bank_product_pause"),
    path("products/<int:pk>/resume/", bank.bank_product_resume, name="bank_product_resume"),
    path("products/<int:pk>/withdraw/", bank.bank_product_withdraw, name="bank_product_withdraw"),
]
